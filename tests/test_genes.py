import math
from collections import Counter
from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.errors import ArchitectureError
from nni_autoattend.genes import Genes, label
from nni_autoattend.published import SST5

OPERATIONS = ("zero", "identity", "conv1", "conv3", "maxpool3", "gru")
TEXT = Genes(24, ("addition", "attention"), OPERATIONS)
SMALL = Genes(2, ("addition", "attention"), ("zero", "a", "b"))
ADDITIONS = Genes(4, ("addition",), OPERATIONS)
ATTENTIONS = Genes(4, ("attention",), OPERATIONS)

SPACES = st.builds(
    Genes,
    st.integers(1, 8),
    st.sampled_from([("addition",), ("attention",), ("addition", "attention"), ("attention", "addition")]),
    st.sampled_from([OPERATIONS, OPERATIONS[1:], ("a", "zero"), ("zero", "a", "b")]),
)


@st.composite
def encodings(draw: st.DrawFn) -> tuple[Genes, Architecture]:
    genes = draw(SPACES)
    return genes, genes.random(Random(draw(st.integers(0, 2**32))))


@given(encodings())
def test_sample_round_trip(pair: tuple[Genes, Architecture]) -> None:
    genes, architecture = pair
    sample = genes.to_sample(architecture)
    assert sample.keys() == genes.labels().keys()
    assert all(sample[name] in values for name, values in genes.labels().items())
    assert genes.from_sample(sample) == architecture


@given(encodings(), st.data())
def test_inactive_genes_and_foreign_labels_change_nothing(
    pair: tuple[Genes, Architecture], data: st.DataObject
) -> None:
    genes, architecture = pair
    sample = genes.to_sample(architecture)
    inactive = {"addition": ("query_op", "key_op", "value_op"), "attention": ("left_op", "right_op")}
    for target, layer in enumerate(architecture.layers, start=1):
        for gene in inactive[layer.kind]:
            values = genes.labels().get(label(target, gene), ("anything",))
            sample[label(target, gene)] = data.draw(st.sampled_from(values))
    assert genes.from_sample(sample | {"other/label": 1}) == architecture


@given(encodings(), st.integers(0, 2**32))
def test_every_uniform_draw_over_the_labels_is_an_encoding(pair: tuple[Genes, Architecture], seed: int) -> None:
    genes, _ = pair
    architecture = genes.from_sample(uniform_labels(genes, Random(seed)))
    assert genes.contains(architecture)


@given(encodings())
def test_published_list_round_trip(pair: tuple[Genes, Architecture]) -> None:
    genes, architecture = pair
    rows = genes.to_published(architecture)
    assert genes.from_published(rows) == architecture
    assert genes.to_published(genes.from_published(rows)) == rows


def test_the_published_architecture_reads_as_the_paper_draws_it() -> None:
    architecture = TEXT.from_published(SST5)
    assert TEXT.to_published(architecture) == SST5
    assert Counter(layer.kind for layer in architecture.layers) == {"attention": 13, "addition": 11}
    assert Counter(edge.operation for edge in architecture.edges()) == {
        "conv1": 20, "maxpool3": 15, "identity": 9, "conv3": 9, "gru": 8,
    }  # fmt: skip
    assert architecture.layers[0] == AdditionLayer(0, "gru", "conv1")
    assert architecture.layers[2] == AttentionLayer(0, "conv1", "maxpool3", "conv1")
    assert architecture.layers[22] == AttentionLayer(3, "gru", "maxpool3", "conv3")
    assert TEXT.from_sample(TEXT.to_sample(architecture)) == architecture


def test_the_labels_are_seven_public_ones_per_layer() -> None:
    labels = TEXT.labels()
    assert len(labels) == 7 * 24
    assert labels["layer01_kind"] == ("addition", "attention")
    assert labels["layer24_source"] == tuple(range(24))
    assert labels["layer07_left_op"] == OPERATIONS[1:]
    assert labels["layer07_right_op"] == OPERATIONS
    assert all(labels[f"layer07_{role}_op"] == OPERATIONS[1:] for role in ("query", "key", "value"))
    assert not any("/" in name for name in labels)


def test_a_space_of_one_kind_has_no_labels_of_the_other() -> None:
    assert not any(name.endswith(("query_op", "key_op", "value_op")) for name in ADDITIONS.labels())
    assert not any(name.endswith(("left_op", "right_op")) for name in ATTENTIONS.labels())


def test_the_text_space_has_the_published_number_of_encodings() -> None:
    assert TEXT.size() == math.prod(155 * layer for layer in range(1, 25))
    assert round(math.log10(TEXT.size()), 1) == 76.4


@pytest.mark.parametrize("kinds", [("addition",), ("attention",), ("addition", "attention")])
def test_size_counts_every_encoding(kinds: Any) -> None:
    genes = Genes(2, kinds, ("zero", "a", "b"))
    names = list(genes.labels())
    samples = (dict(zip(names, values, strict=True)) for values in product(*genes.labels().values()))
    assert len({genes.from_sample(sample) for sample in samples}) == genes.size()


def uniform_labels(genes: Genes, rng: Random) -> dict[str, Any]:
    return {name: rng.choice(values) for name, values in genes.labels().items()}


def official_probabilities(genes: Genes) -> dict[Architecture, float]:
    """The released sampler, written out: kind, then source, then each active operation, all uniform."""
    names, every = genes.state_operations, genes.operations

    def layers(target: int) -> Iterator[tuple[Any, float]]:
        for source in range(target):
            for left, right in product(names, every):
                yield AdditionLayer(source, left, right), 1 / (2 * target * len(names) * len(every))
            for operations in product(names, repeat=3):
                yield AttentionLayer(source, *operations), 1 / (2 * target * len(names) ** 3)

    chains = product(*(list(layers(target)) for target in range(1, genes.layers + 1)))
    return {Architecture(tuple(layer for layer, _ in chain)): math.prod(p for _, p in chain) for chain in chains}


def fit_to_official(draws: list[Architecture]) -> float:
    """p-value of the draws under the official sampler of the small space."""
    expected = official_probabilities(SMALL)
    assert math.isclose(sum(expected.values()), 1.0)
    assert len(expected) == SMALL.size()
    counts = Counter(draws)
    observed = [counts[architecture] for architecture in expected]
    return float(chisquare(observed, [len(draws) * probability for probability in expected.values()]).pvalue)


def test_random_draws_follow_the_official_sampler() -> None:
    rng = Random(1)
    assert fit_to_official([SMALL.random(rng) for _ in range(20_000)]) > 0.01


def test_uniform_draws_over_the_labels_follow_the_official_sampler() -> None:
    rng = Random(2)
    assert fit_to_official([SMALL.from_sample(uniform_labels(SMALL, rng)) for _ in range(20_000)]) > 0.01


def test_uniform_draws_over_encodings_would_not_follow_it() -> None:
    rng, every = Random(3), list(official_probabilities(SMALL))
    assert fit_to_official(rng.choices(every, k=20_000)) < 1e-6


def test_deep_layers_draw_every_source_alike() -> None:
    rng = Random(4)
    sources = Counter(TEXT.random(rng).layers[23].source for _ in range(4_000))
    assert chisquare([sources[state] for state in range(24)]).pvalue > 0.01


def test_draws_depend_on_the_generator_only() -> None:
    assert TEXT.random(Random(7)) == TEXT.random(Random(7)) != TEXT.random(Random(8))


@given(encodings(), st.floats(0, 1), st.integers(0, 2**32))
def test_mutants_stay_in_the_space(pair: tuple[Genes, Architecture], rate: float, seed: int) -> None:
    genes, architecture = pair
    assert genes.contains(genes.mutate(architecture, rate, Random(seed)))


@given(encodings())
def test_a_rate_of_zero_changes_nothing(pair: tuple[Genes, Architecture]) -> None:
    genes, architecture = pair
    assert genes.mutate(architecture, 0.0, Random(0)) == architecture


def test_a_rate_of_one_flips_every_kind() -> None:
    architecture = TEXT.random(Random(0))
    kinds = [layer.kind for layer in TEXT.mutate(architecture, 1.0, Random(1)).layers]
    assert all(new != old.kind for new, old in zip(kinds, architecture.layers, strict=True))


def test_the_kind_flips_at_the_rate() -> None:
    rng, flips, parent = Random(5), 0, TEXT.random(Random(0))
    for _ in range(500):
        mutant = TEXT.mutate(parent, 0.05, rng)
        flips += sum(new.kind != old.kind for new, old in zip(mutant.layers, parent.layers, strict=True))
    share = flips / (500 * 24)
    assert abs(share - 0.05) < 4 * math.sqrt(0.05 * 0.95 / (500 * 24))


def test_foreign_architectures_are_refused() -> None:
    eight = Genes(8, ("addition", "attention"), OPERATIONS).random(Random(0))
    assert not TEXT.contains(eight)
    with pytest.raises(ArchitectureError, match="24 layers, the architecture 8"):
        TEXT.check(eight)
    zero_left = Architecture((AdditionLayer(0, "zero", "conv1"), AdditionLayer(0, "conv1", "zero")))
    with pytest.raises(ArchitectureError, match="layer 1 is not of this space"):
        Genes(2, ("addition",), OPERATIONS).check(zero_left)
    with pytest.raises(ArchitectureError, match="layer 1 is not of this space"):
        ADDITIONS.check(ATTENTIONS.random(Random(0)))


@pytest.mark.parametrize(
    "row",
    [
        [],
        [1, 0, 2, -1],
        [1, 0, 2, -1, 2],
        [1, 0, 2, 3, 0],
        [1, 0, 2, -1, 1],
        [1, 1, 2, -1, 0],
        [1, -1, 2, -1, 0],
        [6, 0, 2, -1, 0],
        [-1, 0, 2, -1, 0],
        [0, 0, 2, -1, 0],
        [1, 0, 0, 1, 1],
        [1, 0, 1.5, -1, 0],
        ["1", 0, 2, -1, 0],
        None,
        7,
    ],
)
def test_broken_rows_are_refused(row: Any) -> None:
    with pytest.raises(ArchitectureError, match="layer 1"):
        Genes(1, ("addition", "attention"), OPERATIONS).from_published([row])


@pytest.mark.parametrize(
    "change",
    [
        {"layer02_kind": "subtraction"},
        {"layer02_kind": ["addition"]},
        {"layer02_source": 2},
        {"layer02_source": "1"},
        {"layer02_left_op": "zero"},
        {"layer02_right_op": "conv9"},
    ],
)
def test_broken_samples_are_refused(change: dict[str, Any]) -> None:
    genes = Genes(2, ("addition", "attention"), OPERATIONS)
    sample = genes.to_sample(Architecture((AdditionLayer(0, "conv1", "zero"),) * 2))
    with pytest.raises(ArchitectureError, match="layer 2"):
        genes.from_sample(sample | change)


def test_a_missing_active_gene_is_named() -> None:
    sample = SMALL.to_sample(SMALL.random(Random(0)))
    del sample["layer01_source"]
    with pytest.raises(ArchitectureError, match="layer01_source"):
        SMALL.from_sample(sample)
