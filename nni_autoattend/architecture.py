"""Architectures of the AutoAttend space: functional layers, their edges, and the two levels of equality.

*Identity* is the encoding (the dataclasses compare and hash by it). ``network_key()`` is the built network: encodings
with one key give the same network. Source: AutoAttend (ICML 2021), figure (a) and (b), and its released encoding.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from nni_autoattend.errors import ArchitectureError

LayerKind = Literal["addition", "attention"]
Role = Literal["feature", "query", "key", "value"]
ZERO = "zero"
"""The operation that drops its source; only the right operand of an addition may be it."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One operation between two states: what a weight of the network belongs to.

    Attributes:
        source: the state it reads (0 is the stem's output, i the output of layer i).
        target: the layer it feeds, counted from 1.
        operation: name of the edge operation.
        role: what the target uses it for; both operands of an addition are ``feature``.
        source_kind: kind of the layer that made the source state, ``None`` for the stem.
    """

    source: int
    target: int
    operation: str
    role: Role
    source_kind: LayerKind | None


@dataclass(frozen=True, slots=True)
class AdditionLayer:
    """``left_op(previous state) + right_op(state source)``; ``right_op`` may be ``zero``."""

    source: int
    left_op: str
    right_op: str

    @property
    def kind(self) -> LayerKind:
        """Kind of the layer, for contexts and labels."""
        return "addition"

    def wiring(self, target: int) -> tuple[tuple[Role, int, str], ...]:
        """Return (role, source state, operation) of each operand that reads a state, left operand first."""
        left: tuple[Role, int, str] = ("feature", target - 1, self.left_op)
        return (left,) if self.right_op == ZERO else (left, ("feature", self.source, self.right_op))


@dataclass(frozen=True, slots=True)
class AttentionLayer:
    """Multi-head attention: Query from the previous state, Key and Value from one common source."""

    source: int
    query_op: str
    key_op: str
    value_op: str

    @property
    def kind(self) -> LayerKind:
        """Kind of the layer, for contexts and labels."""
        return "attention"

    def wiring(self, target: int) -> tuple[tuple[Role, int, str], ...]:
        """Return (role, source state, operation) of Query, Key and Value."""
        return (
            ("query", target - 1, self.query_op),
            ("key", self.source, self.key_op),
            ("value", self.source, self.value_op),
        )


Layer = AdditionLayer | AttentionLayer
LAYER_TYPES: dict[str, type[AdditionLayer] | type[AttentionLayer]] = {
    "addition": AdditionLayer,
    "attention": AttentionLayer,
}


def gene_names(layer: Layer | type[Layer]) -> tuple[str, ...]:
    """Return the genes besides the kind that a layer (or a layer type) has: its source, then its operations."""
    return tuple(field.name for field in fields(layer))


@dataclass(frozen=True, slots=True)
class Architecture:
    """A chain of functional layers; layer i (counted from 1) reads state i-1 and one source among 0..i-1.

    Raises:
        ArchitectureError: no layer at all, or a source that does not exist yet.
    """

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        if not self.layers:
            raise ArchitectureError("an architecture needs at least one layer")
        for target, layer in enumerate(self.layers, start=1):
            if type(layer.source) is not int:
                raise ArchitectureError(f"layer {target} reads state {layer.source!r}, which is not a whole number")
            if not 0 <= layer.source < target:
                raise ArchitectureError(f"layer {target} reads state {layer.source}, but only 0..{target - 1} exist")

    def kind_of_state(self, state: int) -> LayerKind | None:
        """Return the kind of the layer that makes ``state`` (``None`` for the stem's state 0)."""
        return None if state == 0 else self.layers[state - 1].kind

    def edges_of(self, target: int) -> tuple[Edge, ...]:
        """Return the edges into layer ``target`` (from 1) in the order its aggregation takes them; no zero edges."""
        return tuple(
            Edge(source, target, operation, role, self.kind_of_state(source))
            for role, source, operation in self.layers[target - 1].wiring(target)
        )

    def edges(self) -> Iterator[Edge]:
        """Yield all edges, layer by layer; an operation used twice on one state and role is yielded twice."""
        for target in range(1, len(self.layers) + 1):
            yield from self.edges_of(target)

    def network_key(self) -> tuple[tuple[object, ...], ...]:
        """Return what identifies the built network.

        A zero operation drops its source; the operands of an addition on one state commute. Used to recognise equal
        networks (trained once, populations of distinct networks) and for nothing else.
        """
        return tuple(_layer_key(target, layer) for target, layer in enumerate(self.layers, start=1))

    def to_json(self) -> list[dict[str, Any]]:
        """Return the encoding as plain JSON values, one object per layer."""
        return [{"kind": layer.kind, **asdict(layer)} for layer in self.layers]

    @classmethod
    def from_json(cls, value: object) -> "Architecture":
        """Read what ``to_json`` wrote.

        Raises:
            ArchitectureError: the value has another form.
        """
        if not isinstance(value, list):
            raise ArchitectureError("an architecture is a list of layers")
        return cls(tuple(_layer_from_json(position, item) for position, item in enumerate(value, start=1)))


def _layer_key(target: int, layer: Layer) -> tuple[object, ...]:
    if isinstance(layer, AttentionLayer):
        return ("attention", layer.source, layer.query_op, layer.key_op, layer.value_op)
    if layer.right_op == ZERO:
        return ("addition", layer.left_op)
    operands = (layer.left_op, layer.right_op)
    if layer.source == target - 1:
        operands = (min(operands), max(operands))
    return ("addition", layer.source, *operands)


def _layer_from_json(position: int, value: object) -> Layer:
    try:
        if not isinstance(value, Mapping):
            raise TypeError("not an object")
        genes = dict(value)
        layer = LAYER_TYPES[genes.pop("kind")](**genes)
    except (KeyError, TypeError) as error:
        raise ArchitectureError(f"layer {position} is not a functional layer: {value!r}") from error
    if not all(isinstance(getattr(layer, name), str) for name in gene_names(layer) if name != "source"):
        raise ArchitectureError(f"layer {position} needs its operations by name: {value!r}")
    return layer
