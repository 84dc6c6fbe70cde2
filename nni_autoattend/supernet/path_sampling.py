"""The executor of one path: the supernet that NNI's sampling strategies (RandomOneShot, ENAS) and ours train."""

from collections.abc import Sequence
from random import Random
from typing import Any

from torch import Tensor, nn

from nni_autoattend.architecture import Architecture
from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.genes import Sample
from nni_autoattend.network.encoder import Encoder
from nni_autoattend.network.paths import run_paths
from nni_autoattend.ops.noise import Noise
from nni_autoattend.space.encoder import MutableEncoder
from nni_autoattend.supernet.nni_bases import BaseSuperNetModule
from nni_autoattend.supernet.shared_weights import SharedWeights


class PathSamplingEncoder(BaseSuperNetModule):  # type: ignore[misc]  # NNI has no types
    """An encoder of shared weights that runs one architecture at a time.

    It owns the current ``architecture``; NNI's ``resample`` only sets it. Labels that the memo does not name are drawn
    uniformly from the encoder's own seeded generator.
    """

    def __init__(self, space: MutableEncoder) -> None:
        super().__init__()
        self.genes, self.shape = space.genes, space.shape
        for mutable in space.mutables:
            self.add_mutable(mutable)
        self.weights = SharedWeights(space.genes, space.shape, space.sharing)
        self.architecture: Architecture | None = None
        self._random = Random(space.seed)

    @classmethod
    def mutate(
        cls, module: nn.Module, name: str, memo: dict[str, Any], mutate_kwargs: dict[str, Any]
    ) -> "PathSamplingEncoder | None":
        """Replace a ``MutableEncoder`` (an NNI mutation hook)."""
        return cls(module) if isinstance(module, MutableEncoder) else None

    def resample(self, memo: Sample) -> Sample:
        """Set the architecture to the one in ``memo``; return its labels."""
        sample = self._complete(memo)
        self.architecture = self.genes.from_sample(sample)
        return sample

    def export(self, memo: Sample) -> Sample:
        """Return labels that ``memo`` lacks, drawn uniformly: a supernet of uniform paths prefers none."""
        return {label: value for label, value in self._complete(memo).items() if label not in memo}

    def freeze(self, sample: Sample) -> Encoder:
        """Return the stand-alone encoder of ``sample`` with a copy of the weights that its path uses."""
        encoder = Encoder(self.genes.from_sample(sample), self.shape)
        for edge in encoder.architecture.edges():
            encoder.operation(edge).load_state_dict(self.weights.operation(edge).state_dict())
        for target, layer in enumerate(encoder.architecture.layers, start=1):
            shared = self.weights.aggregation(target, layer.kind)
            encoder.aggregation(target, layer.kind).load_state_dict(shared.state_dict())
        return encoder

    def forward(self, states: Tensor, layout: TokenLayout, noise: Noise | None = None) -> Tensor:
        """Run the current architecture on the stem's output (1, T, width), packed as ``layout`` says."""
        if self.architecture is None:
            raise RuntimeError("no path is set: call resample() first")
        return self.run([self.architecture], states, layout, noise)

    def run(
        self, architectures: Sequence[Architecture], states: Tensor, layout: TokenLayout, noise: Noise | None = None
    ) -> Tensor:
        """Run P architectures together on states (P, T, width), whichever path is set."""
        return run_paths(architectures, states, layout, self.weights, noise)

    def _complete(self, memo: Sample) -> Sample:
        labels = self.genes.labels()
        return {label: memo[label] if label in memo else self._random.choice(labels[label]) for label in labels}
