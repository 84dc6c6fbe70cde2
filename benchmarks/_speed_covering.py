"""Few architectures that together use every weight of a supernet: uniform draws would take thousands of them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer, Edge, Layer, LayerKind, Role
from nni_autoattend.genes import Genes
from nni_autoattend.ops.table import holds_weights
from nni_autoattend.recipes import SharingMode
from nni_autoattend.supernet.context import Slot, reachable_slots, slot_of


class _Choice(NamedTuple):
    layer: Layer
    visits: int


def covering(genes: Genes, mode: SharingMode, rng: Random) -> Iterator[Architecture]:
    """Yield architectures until every slot was visited with every operation that has weights."""
    search = _Search(genes, mode, rng)
    while any(search.missing.values()):
        yield search.next()


class _Search:
    """Builds architectures layer by layer, each time the layer that visits most of what is missing."""

    def __init__(self, genes: Genes, mode: SharingMode, rng: Random) -> None:
        self.genes, self.mode, self.rng = genes, mode, rng
        operations = [name for name in genes.state_operations if holds_weights(name)]
        self.missing: dict[Slot, list[str]] = {slot: list(operations) for slot in reachable_slots(genes, mode)}
        self._known: dict[tuple[Role, int, int, LayerKind | None], list[str]] = {}

    def next(self) -> Architecture:
        layers: list[Layer] = []
        for target in range(1, self.genes.layers + 1):
            kinds = (None, *(layer.kind for layer in layers))
            choices = [self._choice(kind, source, kinds) for kind in self.genes.kinds for source in range(target)]
            self.rng.shuffle(choices)
            layers.append(max(choices, key=lambda choice: choice.visits).layer)
        architecture = Architecture(tuple(layers))
        for edge in architecture.edges():
            left = self.missing[slot_of(edge, self.mode)]
            if edge.operation in left:
                left.remove(edge.operation)
        return architecture

    def _choice(self, kind: LayerKind, source: int, kinds: tuple[LayerKind | None, ...]) -> _Choice:
        """Return the layer of ``kind`` on ``source`` with operations that are missing, as far as any are."""
        target = len(kinds)
        if kind == "addition":
            left, right = self._left("feature", target - 1, kinds), self._left("feature", source, kinds)
            if source == target - 1:  # one slot for both operands
                left, right = left[:1], left[1:]
            return _Choice(AdditionLayer(source, self._first(left), self._first(right)), bool(left) + bool(right))
        roles: tuple[tuple[Role, int], ...] = (("query", target - 1), ("key", source), ("value", source))
        wanted = [self._left(role, state, kinds) for role, state in roles]
        return _Choice(AttentionLayer(source, *map(self._first, wanted)), sum(map(bool, wanted)))

    def _left(self, role: Role, source: int, kinds: tuple[LayerKind | None, ...]) -> list[str]:
        key = (role, source, len(kinds), kinds[source])
        if key not in self._known:
            self._known[key] = self.missing[slot_of(Edge(source, len(kinds), "", role, kinds[source]), self.mode)]
        return self._known[key]

    def _first(self, wanted: list[str]) -> str:
        return wanted[0] if wanted else self.rng.choice(self.genes.state_operations)
