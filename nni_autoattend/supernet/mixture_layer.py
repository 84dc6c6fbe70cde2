"""One layer of a mixture: all that it may read, by all operations, once for each kind that it may be."""

from collections.abc import Mapping, Sequence
from functools import reduce

import torch
from torch import Tensor

from nni_autoattend.architecture import ZERO, Role
from nni_autoattend.genes import Genes, label
from nni_autoattend.ops.noise import Noise
from nni_autoattend.supernet.mixture_edges import Branch, EdgeMixer, Reading


class MixedLayer:
    """Layer ``target`` of a mixture; what it computes is written down in ``mixture.MixtureEncoder``.

    Args:
        genes: of the space.
        target: the layer, from 1.
        branches: S of them, those of all states before the layer, state by state.
        weights: label -> weights of its values.
        mixer: runs the edges.
        noise: the randomness of the addition's dropout.
    """

    def __init__(
        self,
        genes: Genes,
        target: int,
        branches: Sequence[Branch],
        weights: Mapping[str, Tensor],
        mixer: EdgeMixer,
        noise: Noise | None,
    ) -> None:
        self.genes, self.target, self.weights, self.mixer, self.noise = genes, target, weights, mixer, noise
        self.branches = tuple(branches)
        self.previous = tuple(branch for branch in branches if branch.source == target - 1)

    def run(self) -> list[Branch]:
        """Return the layer's branches, one for each kind."""
        run = {"addition": self._addition, "attention": self._attention}
        kinds = zip(self.genes.kinds, self._of("kind").unbind(0), strict=True)
        return [Branch.of(self.target, kind, weight, run[kind]()) for kind, weight in kinds]

    def _addition(self) -> Tensor:
        """Return (T, C). The edges of both operands have one role and one sum."""
        read = [number for number, name in enumerate(self.genes.operations) if name != ZERO]
        left = torch.outer(_kind_weights(self.previous), self._of("left_op"))
        right = torch.outer(self._source_weights(), self._of("right_op")[read])
        total = self._sum("feature", (*self.previous, *self.branches), torch.cat((left, right)))
        return self.mixer.aggregate(self.target, "addition", [total.unsqueeze(0)], self.noise)[0]

    def _attention(self) -> Tensor:
        """Return (T, C)."""
        shares = torch.outer(_kind_weights(self.previous), self._of("query_op"))
        query, weights = self._sum("query", self.previous, shares), self._source_weights()
        parts = self.mixer.parts(len(self.branches), 2, query.device)
        return reduce(torch.add, [self.mixer.again(self._attend, query, part, weights[part]) for part in parts])

    def _sum(self, role: Role, branches: Sequence[Branch], shares: Tensor) -> Tensor:
        """Return (T, C), the sum over all edges from ``branches``."""

        def run(part: slice, shares: Tensor) -> Tensor:
            edges = [(role, branch) for branch in branches[part]]
            noise = self.mixer.noise(branches[0].states.dtype)
            return self.mixer.mix(self.target, edges, shares, noise).sum(0)

        parts = self.mixer.parts(len(branches), 1, shares.device)
        return reduce(torch.add, [self.mixer.again(run, part, shares[part]) for part in parts])

    def _attend(self, query: Tensor, part: slice, weights: Tensor) -> Tensor:
        """Return (T, C): attention to the Keys and Values of each of a part of the branches, weighted and summed."""
        branches, noise = self.branches[part], self.mixer.noise(query.dtype)
        edges: list[Reading] = [(role, branch) for role in ("key", "value") for branch in branches]
        shares = [self._of(gene).expand(len(branches), -1) for gene in ("key_op", "value_op")]
        key, value = self.mixer.mix(self.target, edges, torch.cat(shares), noise).chunk(2)
        attended = self.mixer.aggregate(self.target, "attention", [query.expand_as(key), key, value], noise)
        return (weights[:, None, None] * attended).sum(0)

    def _source_weights(self) -> Tensor:
        """Return for each branch the weight of its source times that of its kind, (S,)."""
        sources = self._of("source")
        return torch.stack([sources[branch.source] * branch.weight for branch in self.branches])

    def _of(self, gene: str) -> Tensor:
        return self.weights[label(self.target, gene)]


def _kind_weights(branches: Sequence[Branch]) -> Tensor:
    return torch.stack([branch.weight for branch in branches])
