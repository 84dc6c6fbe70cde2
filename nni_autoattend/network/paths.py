"""Several architectures on the same tokens or nodes, layer by layer: the forward pass of everything that runs.

Edges of one layer with the same operation are one batched call on stacked weights, whichever architecture they belong
to. One architecture alone is the same with fewer of them. ``plain.run_path`` is the reference.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from nni_autoattend.architecture import Architecture, Edge, LayerKind
from nni_autoattend.network.slots import Slots
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.stacking import stacked
from nni_autoattend.ops.table import holds_weights


class Call(NamedTuple):
    """An edge of one of the architectures.

    Attributes:
        path: number of the architecture.
        place: which operand of its layer the edge makes.
        edge: the edge.
    """

    path: int
    place: int
    edge: Edge


def run_paths(
    architectures: Sequence[Architecture],
    states0: Tensor,
    layout: Any,
    slots: Slots,
    noise: Noise | None = None,
) -> Tensor:
    """Run P architectures of the same depth.

    Args:
        architectures: what to run.
        states0: (P, T, C), the stem's outputs; texts are packed.
        layout: how the T rows (tokens, nodes) hang together; operations and aggregations know it.
        slots: the modules.
        noise: the randomness of dropout; ``None``: evaluation, nothing is dropped.

    Returns:
        (P, T, C), the last layer's states.
    """
    states = [_State(states0)]
    for target in range(1, len(architectures[0].layers) + 1):
        states.append(_Layer(architectures, target, states, layout, slots, noise).run())
    return states[-1].stacked


class _State:
    """The states that one layer of P architectures made; normalised once, when first asked for."""

    def __init__(self, stacked: Tensor) -> None:
        self.stacked = stacked  # (P, T, C)
        self.each = stacked.unbind(0)
        self._normed: tuple[Tensor, ...] | None = None

    @property
    def normed(self) -> tuple[Tensor, ...]:
        if self._normed is None:
            self._normed = normalise(self.stacked).unbind(0)
        return self._normed


class _Layer:
    """One layer of P architectures."""

    def __init__(
        self,
        architectures: Sequence[Architecture],
        target: int,
        states: Sequence[_State],
        layout: Any,
        slots: Slots,
        noise: Noise | None,
    ) -> None:
        self.architectures, self.target, self.states = architectures, target, states
        self.layout, self.slots, self.noise = layout, slots, noise

    def run(self) -> _State:
        operands = self._operands()
        by_kind: dict[LayerKind, list[int]] = defaultdict(list)
        for path, architecture in enumerate(self.architectures):
            by_kind[architecture.layers[self.target - 1].kind].append(path)
        results = [self._aggregate(kind, [operands[path] for path in paths]) for kind, paths in by_kind.items()]
        order = [path for paths in by_kind.values() for path in paths]
        return _State(_in_order(results, order))

    def _operands(self) -> list[list[Tensor]]:
        """Return for each architecture the operands (T, C) of its layer, in the order of its edges."""
        calls: dict[str, list[Call]] = defaultdict(list)
        for path, architecture in enumerate(self.architectures):
            for place, edge in enumerate(architecture.edges_of(self.target)):
                calls[edge.operation].append(Call(path, place, edge))
        operands: list[dict[int, Tensor]] = [{} for _ in self.architectures]
        for operation, group in calls.items():
            for call, result in zip(group, self._run_operation(operation, group), strict=True):
                operands[call.path][call.place] = result
        return [[own[place] for place in sorted(own)] for own in operands]

    def _run_operation(self, operation: str, calls: list[Call]) -> Sequence[Tensor]:
        """Run one operation for all its edges; return (T, C) for each."""
        if not holds_weights(operation):
            return [self.states[call.edge.source].each[call.path] for call in calls]
        modules = [self.slots.operation(call.edge) for call in calls]
        kind = type(modules[0])
        inputs = stacked([self._state(call, kind.normed_input) for call in calls])
        return kind.together(modules, inputs, self.layout, self.noise).unbind(0)

    def _state(self, call: Call, normed: bool) -> Tensor:
        source = self.states[call.edge.source]
        return (source.normed if normed else source.each)[call.path]

    def _aggregate(self, kind: LayerKind, operands: list[list[Tensor]]) -> Tensor:
        if kind == "addition":
            operands = [[own[0] if len(own) == 1 else own[0] + own[1]] for own in operands]
        together = [stacked(role) for role in zip(*operands, strict=True)]
        return self.slots.aggregation(self.target, kind).together(together, self.layout, self.noise)


def normalise(states: Tensor) -> Tensor:
    """Return ``states`` (..., C) with each token normalised, without scale and shift."""
    width = states.shape[-1]
    ones, zeros = states.new_ones(width), states.new_zeros(width)  # with them torch's kernel is faster than without
    return F.layer_norm(states, (width,), ones, zeros)


def _in_order(results: list[Tensor], order: list[int]) -> Tensor:
    """Return the results (P, T, C), which come in ``order``, from the first architecture to the last."""
    joined = torch.cat(results) if len(results) > 1 else results[0]
    if order == sorted(order):
        return joined
    places = [order.index(path) for path in range(len(order))]
    return torch.stack([joined[place] for place in places])
