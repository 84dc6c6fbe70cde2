"""The encoder: states that functional layers make from earlier states."""

from typing import Any

from torch import Tensor, nn

from nni_autoattend.architecture import Architecture, Edge, LayerKind
from nni_autoattend.network.aggregation import Aggregation
from nni_autoattend.network.aggregation_table import build_aggregation
from nni_autoattend.network.paths import run_paths
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.operation import EdgeOperation
from nni_autoattend.ops.table import build_operation, holds_weights
from nni_autoattend.settings import NetworkShape


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
                holder[name] = build_operation(edge.operation, shape)
        for target, layer in enumerate(architecture.layers, start=1):
            self.aggregations[f"{target:02}"] = build_aggregation(layer.kind, shape)

    def forward(self, states: Tensor, layout: Any, noise: Noise | None = None) -> Tensor:
        """Encode the stem's output ``states`` (1, T, C); see ``run_paths``."""
        return run_paths([self.architecture], states, layout, self, noise)

    def operation(self, edge: Edge) -> EdgeOperation[Any]:
        """Return the module of ``edge``."""
        holder, name = self._place(edge)
        return holder[name]  # type: ignore[return-value]  # a ModuleDict forgets what it holds

    def aggregation(self, target: int, kind: LayerKind) -> Aggregation[Any]:
        """Return the aggregation of layer ``target``; its kind is fixed here."""
        return self.aggregations[f"{target:02}"]  # type: ignore[return-value]

    def _place(self, edge: Edge) -> tuple[nn.ModuleDict, str]:
        if holds_weights(edge.operation):
            return self.operations, f"{edge.target:02}_{edge.source:02}_{edge.role}_{edge.operation}"
        return self.weightless, edge.operation
