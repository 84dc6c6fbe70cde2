"""Architecture parameters of a differentiable supernet: one vector alpha for each label of the space.

NNI's differentiable strategies create the vectors, hand them to the mutation hook by label, train them with an
optimiser of their own on validation batches, and choose the softmax that makes weights of them (``nn.Softmax``, or a
Gumbel-softmax whose temperature they lower).
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nni_autoattend.genes import Sample
from nni_autoattend.supernet.nni_bases import GumbelSoftmax


class Alphas(nn.Module):
    """The vectors and what is read from them.

    Args:
        labels: label -> its values; a vector has one entry for each.
        memo: label -> vector, as NNI's strategies fill it; may hold more.
        softmax: vector -> weights that sum to 1.

    Raises:
        KeyError: a label has no vector.
        ValueError: a vector is of another length.
    """

    def __init__(self, labels: Mapping[str, Sequence[Any]], memo: Mapping[str, Any], softmax: nn.Module) -> None:
        super().__init__()
        for label, values in labels.items():
            if label not in memo:
                raise KeyError(f"{label} has no architecture parameters")
            if len(memo[label]) != len(values):
                raise ValueError(f"{label} has {len(values)} values, its alpha {len(memo[label])}")
        self.values = {label: tuple(values) for label, values in labels.items()}
        self.vectors = nn.ParameterDict(OrderedDict((label, memo[label]) for label in labels))  # others it would sort
        self.softmax = softmax

    def __iter__(self) -> Iterator[nn.Parameter]:
        """Yield the vectors in the order of the labels."""
        return iter(self.vectors.values())

    @property
    def learns(self) -> bool:
        """Tell whether any vector is to get a gradient now."""
        return any(alpha.requires_grad for alpha in self)

    def weights(self) -> dict[str, Tensor]:
        """Return label -> weights of its values, each (values,); a Gumbel-softmax draws its noise anew."""
        return {label: self.softmax(alpha) for label, alpha in zip(self.values, self, strict=True)}

    def best(self) -> Sample:
        """Return the value with the largest alpha for every label (the first of equal ones)."""
        vectors = zip(self.values.items(), self, strict=True)
        return {label: values[int(alpha.argmax())] for (label, values), alpha in vectors}

    def probabilities(self) -> dict[str, dict[Any, float]]:
        """Return label -> value -> probability.

        Of a Gumbel-softmax: how often its largest weight falls on the value, which is the plain softmax.
        """
        softmax = nn.Softmax(-1) if isinstance(self.softmax, GumbelSoftmax) else self.softmax
        chances = [softmax(alpha.detach()).tolist() for alpha in self]
        return {
            label: dict(zip(values, own, strict=True))
            for (label, values), own in zip(self.values.items(), chances, strict=True)
        }

    def draw(self, memo: Mapping[str, Any]) -> Sample:
        """Return the labels' values of ``memo``, and for the others values drawn from torch's global generator."""
        chosen = dict(memo)
        for label, chances in self.probabilities().items():
            if label not in chosen:
                index = int(torch.multinomial(torch.tensor(list(chances.values())), 1))
                chosen[label] = self.values[label][index]
        return {label: chosen[label] for label in self.values}
