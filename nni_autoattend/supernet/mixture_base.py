"""What a supernet with architecture parameters is to NNI's differentiable strategies, mixture or sampled path."""

from collections.abc import Iterator
from typing import Any

from torch import nn

from nni_autoattend.genes import Sample
from nni_autoattend.space.encoder import MutableEncoder
from nni_autoattend.supernet.mixture_alphas import Alphas
from nni_autoattend.supernet.shared_encoder import SharedEncoder


class DifferentiableEncoder(SharedEncoder):
    """An encoder of shared weights with an alpha for each label.

    Args:
        space: the searched encoder that it replaces.
        alphas: its architecture parameters.
    """

    def __init__(self, space: MutableEncoder, alphas: Alphas) -> None:
        super().__init__(space)
        self.alphas = alphas

    @classmethod
    def mutate(
        cls, module: nn.Module, name: str, memo: dict[str, Any], mutate_kwargs: dict[str, Any]
    ) -> "DifferentiableEncoder | None":
        """Replace a ``MutableEncoder`` (an NNI mutation hook); the alphas come from ``memo``, by label."""
        if not isinstance(module, MutableEncoder):
            return None
        return cls(module, Alphas(module.genes.labels(), memo, mutate_kwargs.get("softmax", nn.Softmax(-1))))

    def arch_parameters(self) -> Iterator[nn.Parameter]:
        """Yield the alphas, which NNI's strategies give an optimiser of their own."""
        return iter(self.alphas)

    def export(self, memo: Sample) -> Sample:
        """Return labels that ``memo`` lacks, each with the value of its largest alpha."""
        return {label: value for label, value in self.alphas.best().items() if label not in memo}

    def export_probs(self, memo: Sample) -> dict[str, dict[Any, float]]:
        """Return label -> value -> probability of the labels that ``memo`` lacks."""
        return {label: chances for label, chances in self.alphas.probabilities().items() if label not in memo}
