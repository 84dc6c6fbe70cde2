"""What a path might have done otherwise, in one choice: the products that binary gates need."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor

from nni_autoattend.architecture import ZERO, Edge, LayerKind, Role
from nni_autoattend.genes import Genes, Sample, label
from nni_autoattend.ops.noise import Noise
from nni_autoattend.supernet.mixture_edges import Branch, EdgeMixer

Product = tuple[str, int, Tensor]
"""Label, number of a value that did not run, and dL/dg of its gate (a scalar)."""


class Place(NamedTuple):
    """An operand of a layer, on a path.

    Attributes:
        gene: the choice of its operation.
        role: what it is used for.
        source: the state it is made from.
    """

    gene: str
    role: Role
    source: int


class Alternative(NamedTuple):
    """An edge that might have run.

    Attributes:
        operand: which operand of the layer it would have made.
        edge: the edge.
        label: the choice that would have gone otherwise.
        number: of the value that it would have taken.
    """

    operand: int
    edge: Edge
    label: str
    number: int


class Alternatives:
    """All that differs from a path in one choice, on the states that the path made; only for the backward pass.

    Args:
        genes: of the space.
        sample: the drawn value of every label, of those too that the path does not use.
        mixer: runs edges.
    """

    def __init__(self, genes: Genes, sample: Sample, mixer: EdgeMixer) -> None:
        self.genes, self.sample, self.mixer = genes, sample, mixer
        self.path, self.values = genes.from_sample(sample), genes.labels()
        self._branches: dict[tuple[int, LayerKind | None], Branch] = {}

    def note(self, branch: Branch) -> None:
        """Keep a state that the path made, without its graph: that would hold the backward pass that asks for it."""
        known = branch._replace(states=branch.states.detach(), normed=branch.normed.detach())
        self._branches[branch.source, branch.kind] = known

    def places(self, target: int) -> tuple[Place, ...]:
        """Return the operands of layer ``target``, that of a zero operation among them."""
        source = self.path.layers[target - 1].source
        if self.path.kind_of_state(target) == "addition":
            return Place("left_op", "feature", target - 1), Place("right_op", "feature", source)
        return (
            Place("query_op", "query", target - 1),
            Place("key_op", "key", source),
            Place("value_op", "value", source),
        )

    def of_operands(self, target: int, gradients: Sequence[Tensor]) -> Iterator[Product]:
        """Yield the products of the layer's operands with other operations, source kinds and (right operand) sources.

        Args:
            target: the layer.
            gradients: of its operands, each (T, C).
        """
        groups: dict[str, list[Alternative]] = defaultdict(list)
        for alternative in self._edges(target):
            groups[alternative.edge.operation].append(alternative)
        for operation, group in groups.items():
            for part in self.mixer.parts(len(group), 1, gradients[0].device):
                chosen = group[part]
                edges = [(one.edge.role, self._branch(one.edge.source, one.edge.source_kind)) for one in chosen]
                results = self.mixer.operate(operation, target, edges, self._noise(gradients))
                arrived = torch.stack([gradients[one.operand] for one in chosen])
                for one, product in zip(chosen, (results * arrived).sum((1, 2)).unbind(0), strict=True):
                    yield one.label, one.number, product

    def of_sources(self, target: int, query: Tensor, gradients: Sequence[Tensor]) -> Iterator[Product]:
        """Yield the products of an attention layer that reads Keys and Values elsewhere.

        Args:
            target: the layer.
            query: (T, C), what ran.
            gradients: one, of the layer's output (T, C).
        """
        elsewhere = list(self._elsewhere(target, self.path.layers[target - 1].source))
        for part in self.mixer.parts(len(elsewhere), 2, query.device):
            chosen, noise = elsewhere[part], self._noise(gradients)
            key, value = (self._read(target, role, chosen, noise) for role in ("key", "value"))
            results = self.mixer.aggregate(target, "attention", [query.expand_as(key), key, value], noise)
            products = (results * gradients[0]).sum((1, 2)).unbind(0)
            for (name, number, _, _), product in zip(chosen, products, strict=True):
                yield name, number, product

    def of_last(self, gradients: Sequence[Tensor]) -> Iterator[Product]:
        """Yield the products of the last layer's other kind."""
        for name, number, source, kind in self._other_kinds(self.genes.layers):
            yield name, number, (self._branch(source, kind).states * gradients[0]).sum()

    def _edges(self, target: int) -> Iterator[Alternative]:
        for operand, (gene, role, source) in enumerate(self.places(target)):
            name, kind = label(target, gene), self.path.kind_of_state(source)
            drawn = self.sample[name]
            for number, operation in enumerate(self.values[name]):
                if operation not in (drawn, ZERO):
                    yield Alternative(operand, Edge(source, target, operation, role, kind), name, number)
            if drawn == ZERO or role in ("key", "value"):  # zero is zero everywhere; Key and Value move together
                continue
            others = self._elsewhere(target, source) if gene == "right_op" else self._other_kinds(source)
            for choice, number, state, other in others:
                yield Alternative(operand, Edge(state, target, drawn, role, other), choice, number)

    def _elsewhere(self, target: int, source: int) -> Iterator[tuple[str, int, int, LayerKind | None]]:
        """Yield (label, number of the value, state, its kind) of what might be read instead of ``source``."""
        for state in range(target):
            if state != source:
                yield label(target, "source"), state, state, self.path.kind_of_state(state)
        yield from self._other_kinds(source)

    def _other_kinds(self, source: int) -> Iterator[tuple[str, int, int, LayerKind | None]]:
        if source == 0:
            return
        for number, kind in enumerate(self.genes.kinds):
            if kind != self.path.kind_of_state(source):
                yield label(source, "kind"), number, source, kind

    def _read(
        self,
        target: int,
        role: Role,
        chosen: Sequence[tuple[str, int, int, LayerKind | None]],
        noise: Noise | None,
    ) -> Tensor:
        edges = [(role, self._branch(state, kind)) for _, _, state, kind in chosen]
        return self.mixer.operate(self.sample[label(target, f"{role}_op")], target, edges, noise)

    def _branch(self, source: int, kind: LayerKind | None) -> Branch:
        """Return a state of the path, or the one that its layer would have made as the other kind."""
        if (source, kind) not in self._branches:
            other = self.genes.from_sample({**self.sample, label(source, "kind"): kind})
            noise = self.mixer.noise(self._branches[0, None].states.dtype)
            operands = []
            for edge in other.edges_of(source):
                read = [(edge.role, self._branch(edge.source, edge.source_kind))]
                operands.append(self.mixer.operate(edge.operation, source, read, noise))
            states = self.mixer.aggregate(source, cast(LayerKind, kind), operands, noise)[0]
            self._branches[source, kind] = Branch.of(source, kind, states.new_ones(()), states)
        return self._branches[source, kind]

    def _noise(self, gradients: Sequence[Tensor]) -> Noise | None:
        return self.mixer.noise(gradients[0].dtype)
