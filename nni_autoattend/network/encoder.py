"""The encoder: states that functional layers make from earlier states."""

from typing import Protocol

from torch import Tensor, nn

from nni_autoattend.architecture import Architecture, Edge, LayerKind
from nni_autoattend.network.aggregation import build_aggregation
from nni_autoattend.ops.table import build_operation, holds_weights
from nni_autoattend.settings import NetworkShape


class Slots(Protocol):
    """Who knows which module works where: a stand-alone encoder, or a supernet with shared weights."""

    def operation(self, edge: Edge) -> nn.Module:
        """Return the operation of ``edge``; called with (states, mask)."""
        ...

    def aggregation(self, target: int, kind: LayerKind) -> nn.Module:
        """Return the aggregation of layer ``target``; called with (operands, mask)."""
        ...


def run_path(architecture: Architecture, states0: Tensor, mask: Tensor, slots: Slots) -> Tensor:
    """Run one architecture: the forward pass of stand-alone networks and supernets alike.

    Args:
        architecture: what to run.
        states0: (B, L, C), the stem's output, zero at padded positions.
        mask: (B, L) bool, true at real tokens.
        slots: the modules.

    Returns:
        (B, L, C), the last layer's state, zero at padded positions.
    """
    states = [states0]
    for target, layer in enumerate(architecture.layers, start=1):
        edges = architecture.edges_of(target)
        operands = [slots.operation(edge)(states[edge.source], mask) for edge in edges]
        states.append(slots.aggregation(target, layer.kind)(operands, mask))
    return states[-1]


class Encoder(nn.Module):
    """One architecture with weights of its own.

    ``operations`` holds a module per weighted edge, under the name ``target_source_role_operation``; an operation used
    twice on one state and role is one module (both operands of an addition have the same role). ``aggregations`` holds
    one per layer, ``weightless`` the operations that need no weights.

    Args:
        architecture: what to build.
        shape: widths and rates.

    Raises:
        UnknownNameError: the architecture names an operation that does not exist.
    """

    def __init__(self, architecture: Architecture, shape: NetworkShape) -> None:
        super().__init__()
        self.architecture = architecture
        self.operations = nn.ModuleDict()
        self.aggregations = nn.ModuleDict()
        self.weightless = nn.ModuleDict()
        for edge in architecture.edges():
            holder, name = self._place(edge)
            if name not in holder:
                holder[name] = build_operation(edge.operation, shape.width, shape.dropout)
        for target, layer in enumerate(architecture.layers, start=1):
            self.aggregations[f"{target:02}"] = build_aggregation(layer.kind, shape)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Encode the stem's output ``states`` (B, L, C) under ``mask`` (B, L); see ``run_path``."""
        return run_path(self.architecture, states, mask, self)

    def operation(self, edge: Edge) -> nn.Module:
        """Return the module of ``edge``."""
        holder, name = self._place(edge)
        return holder[name]

    def aggregation(self, target: int, kind: LayerKind) -> nn.Module:
        """Return the aggregation of layer ``target``; its kind is fixed here."""
        return self.aggregations[f"{target:02}"]

    def _place(self, edge: Edge) -> tuple[nn.ModuleDict, str]:
        if holds_weights(edge.operation):
            return self.operations, f"{edge.target:02}_{edge.source:02}_{edge.role}_{edge.operation}"
        return self.weightless, edge.operation
