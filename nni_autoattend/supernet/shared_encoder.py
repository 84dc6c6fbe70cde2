"""What all supernets of an encoder are: the labels of the space and the shared weights, whoever runs them."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from nni_autoattend.architecture import Architecture
from nni_autoattend.genes import Sample
from nni_autoattend.network.encoder import Encoder
from nni_autoattend.network.paths import run_paths
from nni_autoattend.ops.noise import Noise
from nni_autoattend.space.encoder import MutableEncoder
from nni_autoattend.supernet.nni_bases import BaseSuperNetModule
from nni_autoattend.supernet.shared_weights import SharedWeights


class SharedEncoder(BaseSuperNetModule):  # type: ignore[misc]  # NNI has no types
    """An encoder of shared weights; a subclass says what ``forward`` runs, and what ``resample`` and ``export`` mean.

    Args:
        space: the searched encoder that it replaces.
    """

    def __init__(self, space: MutableEncoder) -> None:
        super().__init__()
        self.genes, self.shape = space.genes, space.shape
        for mutable in space.mutables:
            self.add_mutable(mutable)
        self.weights = SharedWeights(space.genes, space.shape, space.sharing)

    def freeze(self, sample: Sample) -> Encoder:
        """Return the stand-alone encoder of ``sample`` with a copy of the weights that its path uses."""
        encoder = Encoder(self.genes.from_sample(sample), self.shape)
        for edge in encoder.architecture.edges():
            encoder.operation(edge).load_state_dict(self.weights.operation(edge).state_dict())
        for target, layer in enumerate(encoder.architecture.layers, start=1):
            shared = self.weights.aggregation(target, layer.kind)
            encoder.aggregation(target, layer.kind).load_state_dict(shared.state_dict())
        return encoder

    def run(
        self, architectures: Sequence[Architecture], states: Tensor, layout: Any, noise: Noise | None = None
    ) -> Tensor:
        """Run P architectures together on states (P, T, width), whatever ``forward`` runs."""
        return run_paths(architectures, states, layout, self.weights, noise)
