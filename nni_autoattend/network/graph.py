"""Networks on graphs: stem, encoder, head."""

from collections.abc import Callable

from torch import Tensor, nn

from nni_autoattend.architecture import Architecture
from nni_autoattend.datasets.graph_batches import GraphInput
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.network.encoder import Encoder
from nni_autoattend.network.graph_head import GraphHead
from nni_autoattend.network.graph_stem import GraphStem
from nni_autoattend.ops.noise import Noise
from nni_autoattend.settings_graph import GraphShape


class GraphShell(nn.Module):
    """What surrounds an encoder: the stem before it, the head after it.

    Args:
        stem: features -> first state.
        encoder: (first states (1, N, C), layout, noise) -> last states.
        head: (last states, targets) -> logits.
    """

    def __init__(self, stem: GraphStem, encoder: nn.Module, head: GraphHead) -> None:
        super().__init__()
        self.stem, self.encoder, self.head = stem, encoder, head

    def forward(self, graph: GraphInput) -> Tensor:
        """Return the logits (targets, classes) of ``graph``."""
        return forward_graph(self.stem, self.encoder, self.head, graph)[0]


class GraphNetwork(GraphShell):
    """A stand-alone classifier of nodes with one architecture.

    Args:
        architecture: what the encoder computes.
        shape: widths and rates.
        dimensions: sizes that the data gives.

    Raises:
        UnknownNameError: the architecture names an operation that does not exist.
        ValueError: the heads of an operation do not divide the width.
    """

    def __init__(self, architecture: Architecture, shape: GraphShape, dimensions: GraphDimensions) -> None:
        super().__init__(
            GraphStem(dimensions.features, shape),
            Encoder(architecture, shape),
            GraphHead(shape, dimensions.classes),
        )
        self.architecture, self.shape, self.dimensions = architecture, shape, dimensions


def forward_graph(
    stem: GraphStem,
    encoder: Callable[[Tensor, GraphLayout, Noise | None], Tensor],
    head: GraphHead,
    graph: GraphInput,
    paths: int = 1,
    seed: int | None = None,
) -> Tensor:
    """Run the three parts of a network on a graph.

    Args:
        stem: features -> first states.
        encoder: (first states (P, N, C), layout, noise) -> last states.
        head: last states -> logits.
        graph: the batch.
        paths: P, the architectures that the encoder runs.
        seed: of dropout on a CPU; ``None``: torch's global generator draws.

    Returns:
        Logits (P, targets, classes).
    """
    noise = Noise(stem.projection.weight.dtype, seed) if stem.training else None
    states = encoder(stem.together(graph.features, paths, noise), graph.layout, noise)
    return head.together(states, graph.targets, noise)
