"""One step to a smaller network: it stays in the space, does less, and every one is another network."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer, Layer, gene_names
from nni_autoattend.genes import Genes
from nni_autoattend.simpler import simpler, work_of

OPERATIONS = ("zero", "identity", "gcn", "gat4", "appnp")
BOTH = Genes(2, ("addition", "attention"), OPERATIONS)
THROUGH = ("identity", "zero")
SPACES = st.builds(
    Genes,
    st.integers(1, 5),
    st.sampled_from([("addition",), ("attention",), ("addition", "attention")]),
    st.sampled_from([OPERATIONS, OPERATIONS[1:], ("zero", "gcn", "gat4")]),
)


def operations(layer: Layer) -> tuple[str, ...]:
    return tuple(getattr(layer, name) for name in gene_names(layer) if name != "source")


@given(SPACES, st.integers(0, 2**32))
def test_all_are_distinct_architectures_of_the_space(genes: Genes, seed: int) -> None:
    architecture = genes.random(Random(seed))
    smaller = simpler(architecture, genes)
    assert all(genes.contains(one) for one in smaller)
    assert len({one.network_key() for one in [architecture, *smaller]}) == len(smaller) + 1


@given(SPACES, st.integers(0, 2**32))
def test_one_layer_is_another_or_a_way_through_at_the_front(genes: Genes, seed: int) -> None:
    architecture = genes.random(Random(seed))
    for one in simpler(architecture, genes):
        kept = [layer for layer in one.layers if operations(layer) != THROUGH]
        before = [operations(layer) for layer in architecture.layers if operations(layer) != THROUGH]
        ways = len(one.layers) - len(kept)
        assert [operations(layer) for layer in one.layers[:ways]] == [THROUGH] * ways
        if len(kept) == len(before):
            assert sum(operations(layer) != old for layer, old in zip(kept, before, strict=True)) == 1
        else:
            assert len(kept) == len(before) - 1


def test_layers_behind_a_way_through_read_what_they_read_before() -> None:
    gcn, bare = AdditionLayer(0, "gcn", "zero"), AdditionLayer(0, "identity", "zero")
    three = Architecture((gcn, AdditionLayer(1, "gat4", "zero"), AttentionLayer(1, "gcn", "gcn", "appnp")))
    without_second = Architecture((bare, AdditionLayer(1, "gcn", "zero"), AttentionLayer(2, "gcn", "gcn", "appnp")))
    without_last = Architecture((bare, AdditionLayer(1, "gcn", "zero"), AdditionLayer(2, "gat4", "zero")))
    keys = {one.network_key() for one in simpler(three, replace(BOTH, layers=3))}
    assert {without_second.network_key(), without_last.network_key()} <= keys


def test_what_computes_the_same_comes_once() -> None:
    """One operation alone, reached from either end."""
    one, other = AdditionLayer(0, "appnp", "zero"), AttentionLayer(1, "gcn", "gcn", "gcn")
    first = {smaller.network_key() for smaller in simpler(Architecture((one, other)), BOTH)}
    second = {smaller.network_key() for smaller in simpler(Architecture((replace(other, source=0), one)), BOTH)}
    alone = Architecture((AdditionLayer(0, "identity", "zero"), one))
    assert alone.network_key() in first & second


@given(SPACES, st.integers(0, 2**32))
def test_none_does_more(genes: Genes, seed: int) -> None:
    architecture = genes.random(Random(seed))
    assert all(work_of(one) <= work_of(architecture) for one in simpler(architecture, genes))


def test_what_an_addition_and_an_attention_can_do_without() -> None:
    addition, attention = AdditionLayer(0, "gcn", "appnp"), AttentionLayer(1, "gat4", "identity", "gcn")
    first = [AdditionLayer(0, *pair) for pair in (THROUGH, ("gcn", "zero"), ("appnp", "zero"))]
    first += [AdditionLayer(0, "identity", "appnp"), AdditionLayer(0, "gcn", "identity")]
    last: list[Layer] = [AdditionLayer(1, operation, "zero") for operation in ("gat4", "gcn")]
    last += [AttentionLayer(1, "identity", "identity", "gcn"), AttentionLayer(1, "gat4", "identity", "identity")]
    without_last = (AdditionLayer(0, *THROUGH), AdditionLayer(1, "gcn", "appnp"))
    expected = [without_last, *((one, attention) for one in first), *((addition, one) for one in last)]
    found = {one.network_key() for one in simpler(Architecture((addition, attention)), BOTH)}
    assert found == {Architecture(layers).network_key() for layers in expected}


def test_work_is_what_does_something() -> None:
    addition, attention = AdditionLayer(0, "identity", "appnp"), AttentionLayer(1, "gat4", "identity", "gcn")
    bare = AttentionLayer(1, "identity", "identity", "identity")
    networks = [Architecture((addition, last)) for last in (attention, bare, AdditionLayer(0, *THROUGH))]
    assert list(map(work_of, networks)) == [4, 2, 1]


def test_the_barest_network_has_nothing_simpler() -> None:
    bare = Architecture((AdditionLayer(0, "identity", "zero"), AdditionLayer(0, "identity", "zero")))
    assert simpler(bare, BOTH) == [] and work_of(bare) == 0


def test_steps_down_come_to_an_end() -> None:
    architecture = Architecture((AttentionLayer(0, "gcn", "gat4", "appnp"), AttentionLayer(1, "gcn", "gcn", "gcn")))
    steps = 0
    while smaller := [one for one in simpler(architecture, BOTH) if work_of(one) < work_of(architecture)]:
        architecture, steps = max(smaller, key=work_of), steps + 1
    assert 2 < steps < 12 and work_of(architecture) == 0
