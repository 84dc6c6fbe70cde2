"""The weights of a supernet: one module per reachable context and operation."""

from torch import nn

from nni_autoattend.architecture import Edge, LayerKind
from nni_autoattend.genes import Genes
from nni_autoattend.network.aggregation import build_aggregation
from nni_autoattend.ops.table import build_operation, holds_weights
from nni_autoattend.recipes import SharingMode
from nni_autoattend.settings import NetworkShape
from nni_autoattend.supernet.context import reachable_slots, slot_of


class SharedWeights(nn.Module):
    """Maps edges to the modules that they share in a sharing mode; implements ``network.encoder.Slots``.

    Operations without weights are one module for all edges. The norm of an attention layer belongs to its target
    layer in every mode (as in the released code).
    """

    def __init__(self, genes: Genes, shape: NetworkShape, mode: SharingMode) -> None:
        super().__init__()
        self.mode = mode
        weighty = [name for name in genes.state_operations if holds_weights(name)]
        self.operations = nn.ModuleDict(
            {
                slot.key(name): build_operation(name, shape.width, shape.dropout)
                for slot in reachable_slots(genes, mode)
                for name in weighty
            }
        )
        weightless = [name for name in genes.state_operations if not holds_weights(name)]
        self.weightless = nn.ModuleDict(
            {name: build_operation(name, shape.width, shape.dropout) for name in weightless}
        )
        self.aggregations = nn.ModuleDict(
            {
                f"{target:02d}_{kind}": build_aggregation(kind, shape)
                for target in range(1, genes.layers + 1)
                for kind in genes.kinds
            }
        )

    def operation(self, edge: Edge) -> nn.Module:
        """Return the module of ``edge``, shared with all edges of the same context."""
        if edge.operation in self.weightless:
            return self.weightless[edge.operation]
        return self.operations[slot_of(edge, self.mode).key(edge.operation)]

    def aggregation(self, target: int, kind: LayerKind) -> nn.Module:
        """Return the aggregation of layer ``target`` when it is of ``kind``."""
        return self.aggregations[f"{target:02d}_{kind}"]
