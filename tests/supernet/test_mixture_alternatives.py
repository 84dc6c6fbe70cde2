"""Alternatives: every edge, source and kind that a path might have had in one choice, and nothing else."""

from collections import defaultdict

import pytest
import torch

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.genes import label
from nni_autoattend.supernet.mixture import MixtureEncoder
from nni_autoattend.supernet.mixture_alternatives import Alternatives, Place
from nni_autoattend.supernet.mixture_edges import Branch, EdgeMixer

DRAWN = {
    "layer01_kind": "addition",
    "layer01_left_op": "conv1",
    "layer01_right_op": "zero",
    "layer02_kind": "attention",
    "layer02_source": 1,
    "layer02_query_op": "identity",
    "layer02_key_op": "conv3",
    "layer02_value_op": "conv1",
    "layer03_kind": "addition",
    "layer03_source": 1,
    "layer03_left_op": "gru",
    "layer03_right_op": "identity",
}


@pytest.fixture
def sample(toy):
    return {**{name: values[0] for name, values in toy.genes.labels().items()}, **DRAWN}


@pytest.fixture
def path(toy, sample):
    """The alternatives of a path that was run to its end, with its states and its mixer."""
    encoder = toy.make(MixtureEncoder, "full", toy.random_alphas(toy.genes))
    layout = TokenLayout.of(toy.lengths)
    mixer = EdgeMixer(toy.genes.state_operations, encoder.weights, layout, recompute=False, training=False)
    torch.manual_seed(7)
    others, states = Alternatives(toy.genes, sample, mixer), torch.randn(layout.tokens, 8).double()
    others.note(Branch.of(0, None, states.new_ones(()), states))
    for target in range(1, toy.genes.layers + 1):
        others.note(made(others, mixer, sample, target))
    return others, mixer


def state(others, source):
    return others._branches[source, others.path.kind_of_state(source)]


def made(others, mixer, sample, target):
    """What layer ``target`` makes of the path's states by the choices of ``sample``."""
    path = others.genes.from_sample(sample)
    operands = [
        mixer.operate(edge.operation, target, [(edge.role, other_or_own(others, mixer, edge))], None)
        for edge in path.edges_of(target)
    ]
    kind = path.kind_of_state(target)
    states = mixer.aggregate(target, kind, operands, None)[0]
    return Branch.of(target, kind, states.new_ones(()), states)


def other_or_own(others, mixer, edge):
    if edge.source_kind == others.path.kind_of_state(edge.source):
        return state(others, edge.source)
    return made(others, mixer, {**others.sample, label(edge.source, "kind"): edge.source_kind}, edge.source)


def value_of(others, name, number):
    return others.genes.labels()[name][number]


def test_places_are_the_operands_a_zero_among_them(path):
    others, _ = path
    assert others.places(1) == (Place("left_op", "feature", 0), Place("right_op", "feature", 0))
    assert others.places(2) == (Place("query_op", "query", 1), Place("key_op", "key", 1), Place("value_op", "value", 1))
    assert others.places(3) == (Place("left_op", "feature", 2), Place("right_op", "feature", 1))


def names_of(products):
    found = [(name, number) for name, number, _ in products]
    return found, {name for name, _ in found}


def test_all_other_values_of_a_choice_are_asked_for_and_the_drawn_one_is_not(path, sample):
    others, _ = path
    gradients = [torch.ones_like(state(others, 0).states)] * 3
    for target, expected in (
        (1, {"layer01_left_op", "layer01_right_op"}),  # a zero reads nothing: of its source nothing is asked
        (2, {"layer01_kind", "layer02_query_op", "layer02_key_op", "layer02_value_op"}),
        (3, {"layer02_kind", "layer01_kind", "layer03_source", "layer03_left_op", "layer03_right_op"}),
    ):
        found, names = names_of(others.of_operands(target, gradients))
        assert names == expected
        assert len(found) == len(set(found))
        for name in names:
            asked = {value_of(others, name, number) for own, number in found if own == name}
            assert asked == set(others.genes.labels()[name]) - {sample[name], "zero"}
    elsewhere = [("layer02_source", 0), ("layer01_kind", others.genes.kinds.index("attention"))]
    assert names_of(others.of_sources(2, gradients[0], gradients))[0] == elsewhere
    assert names_of(others.of_last(gradients))[0] == [("layer03_kind", others.genes.kinds.index("attention"))]


def test_products_are_those_of_the_operands_that_would_have_been(path, sample):
    others, mixer = path
    gradients = list(torch.randn(3, *state(others, 0).states.shape).double())
    for target in (1, 2, 3):
        found = defaultdict(float)
        for name, number, product in others.of_operands(target, gradients):
            found[name, number] += product
        for (name, number), product in found.items():
            changed = others.genes.from_sample({**sample, name: value_of(others, name, number)})
            expected = 0.0
            for edge, place, gradient in zip(changed.edges_of(target), others.places(target), gradients, strict=False):
                if is_other(name, target, place):
                    read = [(edge.role, other_or_own(others, mixer, edge))]
                    expected += (mixer.operate(edge.operation, target, read, None)[0] * gradient).sum()
            torch.testing.assert_close(product, expected)


def is_other(name, target, place):
    """Whether an operand of layer ``target`` is another one where ``name`` alone is chosen otherwise.

    Keys and Values of another kind of source are asked for together, behind the attention.
    """
    by_kind = place.source and place.role in ("feature", "query") and name == label(place.source, "kind")
    by_source = place.gene == "right_op" and name == label(target, "source")
    return name == label(target, place.gene) or by_kind or by_source


def test_keys_and_values_move_together(path, sample):
    others, mixer = path
    query, gradient = torch.randn(2, *state(others, 0).states.shape).double()
    read = [state(others, 0), made(others, mixer, {**sample, "layer01_kind": "attention"}, 1)]
    for branch, (_, _, product) in zip(read, others.of_sources(2, query, [gradient]), strict=True):
        key, value = (
            mixer.operate(sample[f"layer02_{role}_op"], 2, [(role, branch)], None) for role in ("key", "value")
        )
        attended = mixer.aggregate(2, "attention", [query.unsqueeze(0), key, value], None)[0]
        torch.testing.assert_close(product, (attended * gradient).sum())


def test_the_last_layer_would_have_been_of_another_kind(path, sample):
    others, mixer = path
    gradient = torch.randn_like(state(others, 0).states)
    ((_, _, product),) = others.of_last([gradient])
    other = made(others, mixer, {**sample, "layer03_kind": "attention"}, 3)
    torch.testing.assert_close(product, (other.states * gradient).sum())
    assert not torch.allclose(other.states, state(others, 3).states)


def test_what_is_noted_has_no_graph(path):
    others, _ = path
    states = torch.ones(others.mixer.layout.tokens, 8, dtype=torch.float64, requires_grad=True)
    others.note(Branch.of(0, None, states.new_ones(()), states * 2))
    kept = state(others, 0)
    assert not kept.states.requires_grad and not kept.normed.requires_grad
    torch.testing.assert_close(kept.states, 2 * states.detach())
