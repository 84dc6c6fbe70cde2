"""The executor of one path: the supernet that NNI's sampling strategies (RandomOneShot, ENAS) and ours train."""

from random import Random
from typing import Any

from torch import Tensor, nn

from nni_autoattend.architecture import Architecture
from nni_autoattend.genes import Sample
from nni_autoattend.ops.noise import Noise
from nni_autoattend.space.encoder import MutableEncoder
from nni_autoattend.supernet.shared_encoder import SharedEncoder


class PathSamplingEncoder(SharedEncoder):
    """An encoder of shared weights that runs one architecture at a time.

    It owns the current ``architecture``; NNI's ``resample`` only sets it. Labels that the memo does not name are drawn
    uniformly from the encoder's own seeded generator.
    """

    def __init__(self, space: MutableEncoder) -> None:
        super().__init__(space)
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

    def forward(self, states: Tensor, layout: Any, noise: Noise | None = None) -> Tensor:
        """Run the current architecture on the stem's output (1, T, width), its rows as ``layout`` says."""
        if self.architecture is None:
            raise RuntimeError("no path is set: call resample() first")
        return self.run([self.architecture], states, layout, noise)

    def _complete(self, memo: Sample) -> Sample:
        labels = self.genes.labels()
        return {label: memo[label] if label in memo else self._random.choice(labels[label]) for label in labels}
