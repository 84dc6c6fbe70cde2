"""MixedLayer: one layer beside its formula, edge by edge."""

import pytest
import torch

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.genes import Genes, label
from nni_autoattend.supernet import mixture_edges
from nni_autoattend.supernet.mixture import MixtureEncoder
from nni_autoattend.supernet.mixture_edges import Branch, EdgeMixer
from nni_autoattend.supernet.mixture_layer import MixedLayer

KINDS = ("addition", "attention")


@pytest.fixture
def parts(toy):
    """Make layer 2 on random states: the stem's and layer 1's as either kind; return (layer, branches, mixer)."""

    def make(kinds=KINDS, operations=("zero", "identity", "conv1")):
        genes = Genes(2, kinds, operations)
        encoder = toy.make(MixtureEncoder, "full", toy.random_alphas(genes), genes)
        layout = TokenLayout.of(toy.lengths)
        mixer = EdgeMixer(genes.state_operations, encoder.weights, layout, recompute=False, training=False)
        torch.manual_seed(4)
        weights = {name: own.detach() for name, own in encoder.alphas.weights().items()}
        branches = [Branch.of(0, None, torch.ones(()).double(), torch.randn(layout.tokens, 8).double())]
        for kind, weight in zip(kinds, weights["layer01_kind"], strict=True):
            branches.append(Branch.of(1, kind, weight, torch.randn(layout.tokens, 8).double()))
        return MixedLayer(genes, 2, branches, weights, mixer, None), branches, mixer

    return make


def weight_of(layer, gene):
    name = label(2, gene)
    return dict(zip(layer.genes.labels()[name], layer.weights[name], strict=True))


def edge(layer, mixer, role, gene, branch):
    """One edge: the weighted sum of its operations, zero not among them."""
    shares = weight_of(layer, gene)
    return sum(
        shares[operation] * mixer.operate(operation, 2, [(role, branch)], None)[0] for operation in mixer.operations
    )


def share_of(layer, branch):
    return weight_of(layer, "source")[branch.source] * branch.weight


@pytest.mark.parametrize("kinds", [KINDS, KINDS[::-1], ("addition",), ("attention",)])
def test_there_is_a_branch_for_each_kind_with_its_weight(kinds, parts):
    layer, branches, _ = parts(kinds)
    made = layer.run()
    assert [(branch.source, branch.kind) for branch in made] == [(2, kind) for kind in kinds]
    torch.testing.assert_close(torch.stack([branch.weight for branch in made]), layer.weights["layer02_kind"])
    assert all(branch.states.shape == branches[0].states.shape for branch in made)
    assert all(abs(float(branch.normed.mean(-1).max())) < 1e-6 for branch in made)


def test_an_addition_reads_the_previous_layer_on_the_left_and_all_on_the_right(parts):
    layer, branches, mixer = parts()
    left = sum(branch.weight * edge(layer, mixer, "feature", "left_op", branch) for branch in branches[1:])
    right = sum(share_of(layer, branch) * edge(layer, mixer, "feature", "right_op", branch) for branch in branches)
    expected = mixer.aggregate(2, "addition", [left.unsqueeze(0), right.unsqueeze(0)], None)[0]
    addition, _ = layer.run()
    torch.testing.assert_close(addition.states, expected)


@pytest.mark.parametrize("tokens", [1, 10**6])
def test_attentions_to_different_sources_stay_apart_until_they_are_weighted(tokens, parts, monkeypatch):
    monkeypatch.setitem(mixture_edges._TOKENS_AT_ONCE, "cpu", tokens)
    layer, branches, mixer = parts()
    query = sum(branch.weight * edge(layer, mixer, "query", "query_op", branch) for branch in branches[1:])
    expected = 0
    for branch in branches:
        key, value = (edge(layer, mixer, role, f"{role}_op", branch).unsqueeze(0) for role in ("key", "value"))
        attended = mixer.aggregate(2, "attention", [query.unsqueeze(0), key, value], None)[0]
        expected = expected + share_of(layer, branch) * attended
    _, attention = layer.run()
    torch.testing.assert_close(attention.states, expected)


def test_a_weight_of_one_on_zero_leaves_the_left_operand_alone(parts):
    layer, branches, mixer = parts(("addition",))
    zero = torch.tensor([float(name == "zero") for name in layer.genes.operations]).double()
    layer.weights = {**layer.weights, "layer02_right_op": zero}
    left = sum(branch.weight * edge(layer, mixer, "feature", "left_op", branch) for branch in branches[1:])
    (made,) = layer.run()
    torch.testing.assert_close(made.states, mixer.aggregate(2, "addition", [left.unsqueeze(0)], None)[0])
