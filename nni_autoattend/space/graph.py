"""The graph space: stem and head around the searched encoder."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from nni_autoattend.datasets.graph_batches import GraphInput
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.genes import Genes
from nni_autoattend.network.graph import forward_graph
from nni_autoattend.network.graph_head import GraphHead
from nni_autoattend.network.graph_stem import GraphStem
from nni_autoattend.recipes import SharingMode
from nni_autoattend.schema import read
from nni_autoattend.settings_graph import GraphShape
from nni_autoattend.space.searched import SearchedSpace


class GraphSpace(SearchedSpace):
    """A graph in, logits of some of its nodes out (AutoAttend, section on graphs; the authors' lab's graph space).

    The arguments are plain values, because NNI stores them and builds the space again from them elsewhere.

    Args:
        genes: fields of ``Genes``.
        shape: fields of ``GraphShape``.
        sharing: sharing mode of a supernet made from the space.
        dimensions: fields of ``GraphDimensions``.
        seed: seed of the supernet's own paths.
    """

    fixed_parts = ("stem", "head")

    def __init__(
        self,
        genes: dict[str, Any],
        shape: dict[str, Any],
        sharing: SharingMode,
        dimensions: dict[str, Any],
        seed: int = 0,
    ) -> None:
        sizes = read(GraphDimensions, dimensions, "dimensions of the graph space")
        widths = read(GraphShape, shape, "shape of the graph space")
        super().__init__()
        self.stem = GraphStem(sizes.features, widths)
        self.add_encoder(read(Genes, genes, "genes of the graph space"), widths, sharing, seed)
        self.head = GraphHead(widths, sizes.classes)

    def run(self, encoder: Callable[..., Tensor], data: GraphInput, paths: int = 1, seed: int | None = None) -> Tensor:
        """Return logits (P, targets, classes); see ``forward_graph``."""
        return forward_graph(self.stem, encoder, self.head, data, paths, seed)
