"""The weights of a supernet: one module per reachable context and operation."""

from typing import Any

from torch import nn

from nni_autoattend.architecture import Edge, LayerKind
from nni_autoattend.genes import Genes
from nni_autoattend.network.aggregation import Aggregation
from nni_autoattend.network.aggregation_table import build_aggregation
from nni_autoattend.ops.operation import EdgeOperation
from nni_autoattend.ops.table import build_operation, holds_weights
from nni_autoattend.recipes import SharingMode
from nni_autoattend.settings import NetworkShape
from nni_autoattend.supernet.context import reachable_slots, slot_of
from nni_autoattend.supernet.own_affine import with_own_affine


class SharedWeights(nn.Module):
    """Maps edges to the modules that they share in a sharing mode; implements ``network.slots.Slots``.

    Operations without weights are one module for all edges. In mode ``affine`` the modules of one source, target and
    operation hold the same matrices and a norm of their own (on graphs: biases); at the start they compute what
    mode ``none`` does.

    The norm of an attention layer belongs to its target layer in every mode (as in the released code).
    """

    def __init__(self, genes: Genes, shape: NetworkShape, mode: SharingMode) -> None:
        super().__init__()
        self.mode = mode
        self.operations = nn.ModuleDict(_build_operations(genes, shape, mode))
        weightless = [name for name in genes.state_operations if not holds_weights(name)]
        self.weightless = nn.ModuleDict({name: build_operation(name, shape) for name in weightless})
        self.aggregations = nn.ModuleDict(
            {
                f"{target:02d}_{kind}": build_aggregation(kind, shape)
                for target in range(1, genes.layers + 1)
                for kind in genes.kinds
            }
        )

    def operation(self, edge: Edge) -> EdgeOperation[Any]:
        """Return the module of ``edge``, shared with all edges of the same context."""
        if edge.operation in self.weightless:
            return self.weightless[edge.operation]  # type: ignore[return-value]  # a ModuleDict forgets what it holds
        return self.operations[slot_of(edge, self.mode).key(edge.operation)]  # type: ignore[return-value]

    def aggregation(self, target: int, kind: LayerKind) -> Aggregation[Any]:
        """Return the aggregation of layer ``target`` when it is of ``kind``."""
        return self.aggregations[f"{target:02d}_{kind}"]  # type: ignore[return-value]


def _build_operations(genes: Genes, shape: NetworkShape, mode: SharingMode) -> dict[str, EdgeOperation[Any]]:
    names = [name for name in genes.state_operations if holds_weights(name)]
    keys = [(slot, name) for slot in reachable_slots(genes, mode) for name in names]
    if mode != "affine":
        return {slot.key(name): build_operation(name, shape) for slot, name in keys}
    common = _build_operations(genes, shape, "none")
    return {slot.key(name): with_own_affine(common[slot.without_context().key(name)]) for slot, name in keys}
