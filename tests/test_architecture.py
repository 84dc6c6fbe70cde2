from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer, Edge, Layer, gene_names
from nni_autoattend.errors import ArchitectureError

STATE_OPERATIONS = ("identity", "conv1", "gru")
OPERATIONS = ("zero", *STATE_OPERATIONS)


def layer_choices(target: int, names: tuple[str, ...] = STATE_OPERATIONS) -> list[Layer]:
    additions = product(range(target), names, ("zero", *names))
    attentions = product(range(target), names, names, names)
    return [AdditionLayer(*genes) for genes in additions] + [AttentionLayer(*genes) for genes in attentions]


@st.composite
def architectures(draw: st.DrawFn) -> Architecture:
    layers = draw(st.integers(1, 6))
    return Architecture(tuple(draw(st.sampled_from(layer_choices(target))) for target in range(1, layers + 1)))


def built_network(architecture: Architecture) -> tuple[Any, ...]:
    """An independent reading of what is built: per layer its kind and the operands it computes with."""
    network = []
    for target, layer in enumerate(architecture.layers, start=1):
        if isinstance(layer, AttentionLayer):
            operands = [(target - 1, layer.query_op), (layer.source, layer.key_op), (layer.source, layer.value_op)]
        else:
            operands = [(target - 1, layer.left_op), (layer.source, layer.right_op)]
            operands = sorted(operand for operand in operands if operand[1] != "zero")
        network.append((layer.kind, tuple(operands)))
    return tuple(network)


def test_keys_of_a_whole_small_space_tell_networks_apart_and_nothing_else() -> None:
    every = [Architecture(layers) for layers in product(*(layer_choices(target, ("a", "b")) for target in (1, 2)))]
    by_key: dict[Any, set[Any]] = {}
    by_network: dict[Any, set[Any]] = {}
    for architecture in every:
        by_key.setdefault(architecture.network_key(), set()).add(built_network(architecture))
        by_network.setdefault(built_network(architecture), set()).add(architecture.network_key())
    assert len(every) == (2 * 3 + 2**3) ** 2 * 2
    assert all(len(networks) == 1 for networks in by_key.values())
    assert all(len(keys) == 1 for keys in by_network.values())
    assert len(by_key) < len(every)


@given(architectures(), st.data())
def test_a_zero_operation_drops_its_source(architecture: Architecture, data: st.DataObject) -> None:
    target = data.draw(st.integers(1, len(architecture.layers)))
    sources = st.integers(0, target - 1)
    variants = []
    for source in (data.draw(sources), data.draw(sources)):
        layers = list(architecture.layers)
        layers[target - 1] = AdditionLayer(source, "conv1", "zero")
        variants.append(Architecture(tuple(layers)))
    assert variants[0].network_key() == variants[1].network_key()
    assert len(variants[0].edges_of(target)) == 1


@given(architectures(), st.sampled_from(STATE_OPERATIONS), st.sampled_from(STATE_OPERATIONS))
def test_an_addition_on_one_state_commutes(architecture: Architecture, left: str, right: str) -> None:
    last = len(architecture.layers)
    ends = [AdditionLayer(last, left, right), AdditionLayer(last, right, left)]
    one, other = (Architecture((*architecture.layers, end)) for end in ends)
    assert one.network_key() == other.network_key()
    assert (one == other) is (left == right)


def test_an_addition_of_two_states_does_not_commute() -> None:
    first = AdditionLayer(0, "conv1", "zero")
    one = Architecture((first, AdditionLayer(0, "conv1", "gru")))
    other = Architecture((first, AdditionLayer(0, "gru", "conv1")))
    assert one.network_key() != other.network_key()


@given(architectures(), architectures())
def test_keys_are_equal_exactly_for_equal_networks(one: Architecture, other: Architecture) -> None:
    assert (one.network_key() == other.network_key()) is (built_network(one) == built_network(other))


@given(architectures())
def test_json_round_trip_and_hash(architecture: Architecture) -> None:
    again = Architecture.from_json(architecture.to_json())
    assert again == architecture
    assert hash(again) == hash(architecture)
    assert hash(again.network_key()) == hash(architecture.network_key())


def test_json_form_is_public() -> None:
    architecture = Architecture((AdditionLayer(0, "gru", "zero"), AttentionLayer(1, "conv1", "conv3", "identity")))
    assert architecture.to_json() == [
        {"kind": "addition", "source": 0, "left_op": "gru", "right_op": "zero"},
        {"kind": "attention", "source": 1, "query_op": "conv1", "key_op": "conv3", "value_op": "identity"},
    ]


def test_edges_name_role_and_kind_of_their_source() -> None:
    architecture = Architecture(
        (
            AttentionLayer(0, "identity", "conv1", "gru"),
            AdditionLayer(0, "conv1", "gru"),
            AttentionLayer(1, "identity", "conv1", "gru"),
        )
    )
    assert architecture.kind_of_state(0) is None
    assert architecture.edges_of(1) == (
        Edge(0, 1, "identity", "query", None),
        Edge(0, 1, "conv1", "key", None),
        Edge(0, 1, "gru", "value", None),
    )
    assert architecture.edges_of(2) == (
        Edge(1, 2, "conv1", "feature", "attention"),
        Edge(0, 2, "gru", "feature", None),
    )
    assert architecture.edges_of(3) == (
        Edge(2, 3, "identity", "query", "addition"),
        Edge(1, 3, "conv1", "key", "attention"),
        Edge(1, 3, "gru", "value", "attention"),
    )
    assert [edge.target for edge in architecture.edges()] == [1, 1, 1, 2, 2, 3, 3, 3]


def test_gene_names_start_with_the_source() -> None:
    assert gene_names(AdditionLayer) == ("source", "left_op", "right_op")
    assert gene_names(AttentionLayer(0, "a", "b", "c")) == ("source", "query_op", "key_op", "value_op")


@pytest.mark.parametrize("source", [1, 2, -1, 1.0, True, "0", None])
def test_a_source_must_be_an_existing_state(source: Any) -> None:
    with pytest.raises(ArchitectureError, match="layer 1 reads state"):
        Architecture((AdditionLayer(source, "conv1", "zero"),))


def test_an_architecture_needs_a_layer() -> None:
    with pytest.raises(ArchitectureError, match="at least one layer"):
        Architecture(())


GOOD = {"kind": "addition", "source": 0, "left_op": "gru", "right_op": "zero"}


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        "text",
        [],
        [3],
        [GOOD | {"kind": "subtraction"}],
        [GOOD | {"kind": ["addition"]}],
        [GOOD | {"extra": 1}],
        [{key: value for key, value in GOOD.items() if key != "left_op"}],
        [GOOD | {"source": "0"}],
        [GOOD | {"source": 1}],
        [GOOD | {"left_op": 3}],
        [GOOD | {"right_op": None}],
    ],
)
def test_broken_json_is_refused(value: object) -> None:
    with pytest.raises(ArchitectureError):
        Architecture.from_json(value)
