"""The genes of a search space: which architectures it holds, and their NNI labels, samples and published lists.

One description serves the NNI mutables, the official sampler, mutation and the codecs; the recipe is where its
values come from. Sources: AutoAttend's released ``model/utils.py`` (encoding, sampler) and search script (mutation).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import index
from random import Random
from typing import Any

from nni_autoattend.architecture import (
    LAYER_TYPES,
    ZERO,
    AdditionLayer,
    Architecture,
    AttentionLayer,
    Layer,
    LayerKind,
    gene_names,
)
from nni_autoattend.errors import ArchitectureError

Sample = dict[str, Any]
"""A flat NNI sample: label -> value."""


@dataclass(frozen=True)
class Genes:
    """What may vary in an architecture.

    Attributes:
        layers: number of functional layers.
        kinds: layer kinds that may occur.
        operations: edge operations in their published order (the published list form counts them); ``zero`` among
            them is offered to the right operand of an addition only (the prior of figure (b)).
    """

    layers: int
    kinds: tuple[LayerKind, ...]
    operations: tuple[str, ...]

    @property
    def state_operations(self) -> tuple[str, ...]:
        """Operations that read their source: all but ``zero``."""
        return tuple(name for name in self.operations if name != ZERO)

    def layer_labels(self, target: int) -> dict[str, tuple[Any, ...]]:
        """Return label -> values of layer ``target`` (from 1); only genes that its kinds can express."""
        choices: dict[str, tuple[Any, ...]] = {"kind": self.kinds, "source": tuple(range(target))}
        if "addition" in self.kinds:
            choices |= {"left_op": self.state_operations, "right_op": self.operations}
        if "attention" in self.kinds:
            choices |= dict.fromkeys(("query_op", "key_op", "value_op"), self.state_operations)
        return {label(target, gene): values for gene, values in choices.items()}

    def labels(self) -> dict[str, tuple[Any, ...]]:
        """Return label -> values of all layers; uniform draws over them are the official sampler's."""
        return {name: values for target in self._targets() for name, values in self.layer_labels(target).items()}

    def size(self) -> int:
        """Return how many encodings there are: the product over layers i of (5*6 + 5^3) * i for the text space."""
        operations = len(self.state_operations)
        additions = operations * len(self.operations) if "addition" in self.kinds else 0
        attentions = operations * operations * operations if "attention" in self.kinds else 0
        per_source: int = (additions + attentions) ** self.layers
        return per_source * math.factorial(self.layers)

    def contains(self, architecture: Architecture) -> bool:
        """Tell whether ``architecture`` is an encoding of this space."""
        if len(architecture.layers) != self.layers:
            return False
        return all(self._allows(layer) for layer in architecture.layers)

    def check(self, architecture: Architecture) -> Architecture:
        """Return ``architecture``.

        Raises:
            ArchitectureError: it is not of this space.
        """
        if len(architecture.layers) != self.layers:
            raise ArchitectureError(f"the space has {self.layers} layers, the architecture {len(architecture.layers)}")
        for target, layer in enumerate(architecture.layers, start=1):
            if not self._allows(layer):
                raise ArchitectureError(f"layer {target} is not of this space: {layer}")
        return architecture

    def random(self, rng: Random) -> Architecture:
        """Draw one architecture by the official sampler: kind, source, then each active operation, all uniform."""
        return Architecture(tuple(self._random_layer(target, rng) for target in self._targets()))

    def mutate(self, architecture: Architecture, rate: float, rng: Random) -> Architecture:
        """Return a mutant by the released rule; it may equal its parent.

        Per layer: with probability ``rate`` the kind is flipped and the whole layer drawn anew; then the source and
        each active operation are drawn anew with probability ``rate`` each.
        """
        layers = enumerate(architecture.layers, start=1)
        return Architecture(tuple(self._mutate_layer(target, layer, rate, rng) for target, layer in layers))

    def to_sample(self, architecture: Architecture) -> Sample:
        """Return the NNI sample; inactive genes hold the first value of their label."""
        sample = {name: values[0] for name, values in self.labels().items()}
        for target, layer in enumerate(self.check(architecture).layers, start=1):
            sample[label(target, "kind")] = layer.kind
            for gene in gene_names(layer):
                sample[label(target, gene)] = getattr(layer, gene)
        return sample

    def from_sample(self, sample: Mapping[str, Any]) -> Architecture:
        """Read an NNI sample; inactive genes and labels of others are ignored.

        Raises:
            ArchitectureError: an active gene is missing or has a value of no architecture here.
        """
        return self.check(Architecture(tuple(_layer_from_sample(target, sample) for target in self._targets())))

    def to_published(self, architecture: Architecture) -> list[list[int]]:
        """Return the published list form: per layer ``[o1, source, o2, o3, n]``, n=1 attention, o3=-1 for addition."""
        return [self._published_layer(layer) for layer in self.check(architecture).layers]

    def from_published(self, rows: Sequence[Sequence[int]]) -> Architecture:
        """Read the published list form.

        Raises:
            ArchitectureError: a row is not of the form, or names an operation or source that does not exist.
        """
        return self.check(Architecture(tuple(self._from_row(target, row) for target, row in enumerate(rows, start=1))))

    def _targets(self) -> range:
        return range(1, self.layers + 1)

    def _allows(self, layer: Layer) -> bool:
        if layer.kind not in self.kinds:
            return False
        if isinstance(layer, AdditionLayer):
            return layer.left_op in self.state_operations and layer.right_op in self.operations
        return all(name in self.state_operations for name in (layer.query_op, layer.key_op, layer.value_op))

    def _random_layer(self, target: int, rng: Random, kind: LayerKind | None = None) -> Layer:
        kind = rng.choice(self.kinds) if kind is None else kind
        source, operations = rng.randrange(target), self.state_operations
        if kind == "addition":
            return AdditionLayer(source, rng.choice(operations), rng.choice(self.operations))
        return AttentionLayer(source, rng.choice(operations), rng.choice(operations), rng.choice(operations))

    def _mutate_layer(self, target: int, layer: Layer, rate: float, rng: Random) -> Layer:
        if len(self.kinds) > 1 and rng.random() < rate:
            other = self.kinds[1 - self.kinds.index(layer.kind)]
            layer = self._random_layer(target, rng, other)
        for gene in gene_names(layer):
            if rng.random() < rate:
                values = self.layer_labels(target)[label(target, gene)]
                layer = replace(layer, **{gene: rng.choice(values)})
        return layer

    def _published_layer(self, layer: Layer) -> list[int]:
        number = self.operations.index
        if isinstance(layer, AdditionLayer):
            return [number(layer.left_op), layer.source, number(layer.right_op), -1, 0]
        return [number(layer.query_op), layer.source, number(layer.key_op), number(layer.value_op), 1]

    def _from_row(self, target: int, row: Sequence[int]) -> Layer:
        try:
            first, source, second, third, attention = (index(number) for number in row)
            if min(first, second) < 0 or attention not in (0, 1) or (third < 0) != (attention == 0):
                raise ValueError(row)
            names = self.operations
            if attention:
                return AttentionLayer(source, names[first], names[second], names[third])
            return AdditionLayer(source, names[first], names[second])
        except (TypeError, ValueError, IndexError) as error:
            raise ArchitectureError(f"layer {target} is not of the form [o1, source, o2, o3, n]: {row!r}") from error


def label(target: int, gene: str) -> str:
    """Return the public NNI label of a gene of layer ``target`` (from 1): ``layer07_query_op``."""
    return f"layer{target:02d}_{gene}"


def _layer_from_sample(target: int, sample: Mapping[str, Any]) -> Layer:
    try:
        layer_type = LAYER_TYPES[sample[label(target, "kind")]]
        return layer_type(*(sample[label(target, gene)] for gene in gene_names(layer_type)))
    except (KeyError, TypeError) as error:
        raise ArchitectureError(f"the sample has no usable {error} for layer {target}") from error
