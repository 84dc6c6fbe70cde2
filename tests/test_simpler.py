"""One step to a smaller network: it stays in the space, does less, and every one is another network."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.genes import Genes
from nni_autoattend.simpler import simpler, work_of

OPERATIONS = ("zero", "identity", "gcn", "gat4", "appnp")
BOTH = Genes(2, ("addition", "attention"), OPERATIONS)
SPACES = st.builds(
    Genes,
    st.integers(1, 5),
    st.sampled_from([("addition",), ("attention",), ("addition", "attention")]),
    st.sampled_from([OPERATIONS, OPERATIONS[1:], ("zero", "gcn", "gat4")]),
)


@given(SPACES, st.integers(0, 2**32))
def test_all_are_distinct_architectures_of_the_space_with_one_layer_changed(genes: Genes, seed: int) -> None:
    architecture = genes.random(Random(seed))
    smaller = simpler(architecture, genes)
    assert all(genes.contains(one) for one in smaller)
    assert len({one.network_key() for one in [architecture, *smaller]}) == len(smaller) + 1
    for one in smaller:
        changed = [new for new, old in zip(one.layers, architecture.layers, strict=True) if new != old]
        assert len(changed) == 1


@given(SPACES, st.integers(0, 2**32))
def test_none_does_more(genes: Genes, seed: int) -> None:
    architecture = genes.random(Random(seed))
    assert all(work_of(one) <= work_of(architecture) for one in simpler(architecture, genes))


def test_what_an_addition_and_an_attention_can_do_without() -> None:
    addition, attention = AdditionLayer(0, "gcn", "appnp"), AttentionLayer(1, "gat4", "identity", "gcn")
    smaller = [one.layers for one in simpler(Architecture((addition, attention)), BOTH)]
    first = [AdditionLayer(0, *pair) for pair in (("identity", "zero"), ("gcn", "zero"), ("appnp", "zero"))]
    first += [AdditionLayer(0, "identity", "appnp"), AdditionLayer(0, "gcn", "identity")]
    last = [AdditionLayer(1, operation, "zero") for operation in ("identity", "gat4", "gcn")]
    last += [AttentionLayer(1, "identity", "identity", "gcn"), AttentionLayer(1, "gat4", "identity", "identity")]
    assert set(smaller) == {*((one, attention) for one in first), *((addition, one) for one in last)}


def test_the_barest_network_has_nothing_simpler() -> None:
    bare = Architecture((AdditionLayer(0, "identity", "zero"), AdditionLayer(0, "identity", "zero")))
    assert simpler(bare, BOTH) == [] and work_of(bare) == (0, 2)


def test_steps_down_come_to_an_end() -> None:
    architecture = Architecture((AttentionLayer(0, "gcn", "gat4", "appnp"), AttentionLayer(1, "gcn", "gcn", "gcn")))
    steps = 0
    while smaller := [one for one in simpler(architecture, BOTH) if work_of(one) < work_of(architecture)]:
        architecture, steps = max(smaller, key=work_of), steps + 1
    assert 2 < steps < 12 and work_of(architecture) == (0, 2)
