"""Edges of a mixture: every operation of an edge at once, weighted; many edges in one batched call per operation."""

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from nni_autoattend.architecture import Edge, LayerKind, Role
from nni_autoattend.network.paths import normalise
from nni_autoattend.network.slots import Slots
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.stacking import stacked
from nni_autoattend.ops.table import holds_weights

_TOKENS_AT_ONCE = {"cpu": 4_000, "cuda": 200_000}
"""Tokens times edges of one batched call. All operations of an edge take some 10 kB for each at width 64 and keep most
of it for the backward pass; more at once is no faster on a CPU."""


class Branch(NamedTuple):
    """What a layer is when it is of one kind; a mixture keeps one for each kind.

    Attributes:
        source: number of the state (0: the stem's).
        kind: kind of the layer that made it, ``None`` for the stem's.
        weight: of the kind among the layer's kinds, a scalar.
        states: (T, C), packed.
        normed: (T, C), the states normalised, without scale and shift: what operations with weights read.
    """

    source: int
    kind: LayerKind | None
    weight: Tensor
    states: Tensor
    normed: Tensor

    @classmethod
    def of(cls, source: int, kind: LayerKind | None, weight: Tensor, states: Tensor) -> "Branch":
        """Normalise ``states`` once for all edges, and outside of what is computed again."""
        return cls(source, kind, weight, states, normalise(states))


Reading = tuple[Role, Branch]
"""An edge of the layer that is run: what it is used for, and what it reads."""


class EdgeMixer:
    """Runs edges with all their operations.

    Args:
        operations: names of the operations that read a state.
        slots: the modules.
        layout: of the T tokens.
        recompute: let go of what the backward pass needs and compute it again there.
        training: whether dropout is on.
    """

    def __init__(
        self, operations: Sequence[str], slots: Slots, layout: Any, *, recompute: bool, training: bool
    ) -> None:
        self.operations, self.slots, self.layout = tuple(operations), slots, layout
        self.recompute, self.training = recompute, training

    def parts(self, count: int, edges: int, device: torch.device) -> Iterator[slice]:
        """Cut ``count`` branches, each read by so many ``edges``, into runs that are taken at once."""
        tokens = _TOKENS_AT_ONCE.get(device.type, _TOKENS_AT_ONCE["cpu"])
        most = max(1, tokens // (edges * self.layout.tokens))
        for first in range(0, count, most):
            yield slice(first, min(first + most, count))

    def again(self, function: Callable[..., Tensor], *arguments: Any) -> Tensor:
        """Return ``function(*arguments)``, which keeps nothing for the backward pass where it is to be recomputed.

        The function draws its randomness from torch's own generators, whose state is brought back for the second time:
        that of the CPU and that of the device which a tensor among the arguments is on.
        """
        if not (self.recompute and torch.is_grad_enabled()):
            return function(*arguments)
        result: Tensor = checkpoint(function, *arguments, use_reentrant=False, preserve_rng_state=self.training)
        return result

    def noise(self, dtype: torch.dtype) -> Noise | None:
        """Return new randomness: a stock of numbers that was drawn before cannot be brought back."""
        return Noise(dtype) if self.training else None

    def mix(self, target: int, edges: Sequence[Reading], shares: Tensor, noise: Noise | None) -> Tensor:
        """Run edges into layer ``target``.

        Args:
            target: the layer.
            edges: G of them.
            shares: (G, operations), the weight of each operation on each edge.
            noise: the randomness of dropout.

        Returns:
            (G, T, C), for each edge the weighted sum of its operations.
        """
        results = (self.operate(operation, target, edges, noise) for operation in self.operations)
        weighted = (result * share[:, None, None] for result, share in zip(results, shares.unbind(1), strict=True))
        return reduce(torch.add, weighted)

    def operate(self, operation: str, target: int, edges: Sequence[Reading], noise: Noise | None) -> Tensor:
        """Run one operation on G edges into layer ``target``; return (G, T, C)."""
        if not holds_weights(operation):
            return stacked([branch.states for _, branch in edges])
        modules = [self.slots.operation(_edge(operation, target, *edge)) for edge in edges]
        normed = type(modules[0]).normed_input
        inputs = stacked([branch.normed if normed else branch.states for _, branch in edges])
        return type(modules[0]).together(modules, inputs, self.layout, noise)

    def aggregate(self, target: int, kind: LayerKind, operands: Sequence[Tensor], noise: Noise | None) -> Tensor:
        """Finish layer ``target`` of ``kind`` with its operands (G, T, C), in the order of its edges."""
        own = [reduce(torch.add, operands)] if kind == "addition" else operands
        return self.slots.aggregation(target, kind).together(own, self.layout, noise)


def _edge(operation: str, target: int, role: Role, branch: Branch) -> Edge:
    return Edge(branch.source, target, operation, role, branch.kind)
