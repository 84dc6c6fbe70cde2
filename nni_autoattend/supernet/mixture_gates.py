"""Binary gates: one value of each choice runs, and the alphas learn what the others would have done.

Source: ProxylessNAS (Cai, Zhu, Han, ICLR 2019), section 3.2. Gates g are one-hot, drawn with the probabilities
p = softmax(alpha); the output of a choice among o_1 .. o_n is sum_j g_j o_j(x), which is the drawn one. Its gradient is
that of the gates put in the place of the probabilities':

    dL/dalpha_i = sum_j dL/dp_j dp_j/dalpha_i ~ sum_j dL/dg_j p_j (delta_ij - p_i),    dL/dg_j = <dL/doutput, o_j(x)>

The o_j(x) that did not run are computed in the backward pass, without gradients and a few at a time, so memory is that
of one path. (The paper's last step, to learn of only two values at a time, saves memory that is not taken here.)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

Others = Callable[[Sequence[Tensor]], Iterable[tuple[str, int, Tensor]]]
"""From the gradients of some outputs to (label, number of a value that did not run, dL/dg of it)."""


class BinaryGates:
    """The gates of one forward pass.

    Args:
        weights: label -> probabilities of its values.
        chosen: label -> number of the value that runs.
        learns: whether anybody wants the alphas' gradients; asked in the backward pass.
    """

    def __init__(
        self, weights: Mapping[str, Tensor], chosen: Mapping[str, int], learns: Callable[[], bool] = lambda: True
    ) -> None:
        self.chosen, self.learns = chosen, learns
        self._gates = {label: _straight_through(chances, chosen[label]) for label, chances in weights.items()}
        self._sizes = {label: len(chances) for label, chances in weights.items()}

    def __call__(self, outputs: Sequence[Tensor], labels: Sequence[Sequence[str]], others: Others) -> list[Tensor]:
        """Let outputs pass their gates; they stay what they are.

        Args:
            outputs: what ran.
            labels: for each output, the choices that it is the drawn value of.
            others: what else might have run there.
        """
        involved = list(dict.fromkeys(label for own in labels for label in own))
        score = self._scorer(involved, labels, others)
        gates = torch.cat([self._gates[label] for label in involved])
        passed: tuple[Tensor, ...] = _Pass.apply(score, gates, *outputs)  # type: ignore[no-untyped-call]
        return list(passed)

    def _scorer(self, involved: Sequence[str], labels: Sequence[Sequence[str]], others: Others) -> "_Score":
        chosen, sizes, learns = self.chosen, self._sizes, self.learns  # not self: its gates hold the graph

        def score(outputs: Sequence[Tensor], gradients: Sequence[Tensor]) -> Tensor:
            found = {label: gradients[0].new_zeros(sizes[label]) for label in involved}
            if learns():
                for output, gradient, own in zip(outputs, gradients, labels, strict=True):
                    product = (output * gradient).sum()
                    for label in own:
                        found[label][chosen[label]] += product
                for label, number, product in others(gradients):
                    found[label][number] += product
            return torch.cat([found[label] for label in involved])

        return score


_Score = Callable[[Sequence[Tensor], Sequence[Tensor]], Tensor]


class _Pass(torch.autograd.Function):
    """Hands outputs on; the gates' gradients come from ``score(outputs, their gradients)``."""

    @staticmethod
    def forward(ctx: Any, score: _Score, gates: Tensor, *outputs: Tensor) -> tuple[Tensor, ...]:
        ctx.score = score
        ctx.save_for_backward(*outputs)
        return tuple(output.view_as(output) for output in outputs)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return None, ctx.score(ctx.saved_tensors, gradients), *gradients


def _straight_through(chances: Tensor, chosen: int) -> Tensor:
    """Return the one-hot gates, with the gradient of ``chances``."""
    gates = torch.zeros_like(chances)
    gates[chosen] = 1.0
    return gates + (chances - chances.detach())
