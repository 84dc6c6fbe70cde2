"""MixtureEncoder: the sampled path where one value has all weight, the plain formula everywhere else."""

from random import Random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from nni_autoattend.architecture import ZERO, Edge
from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.genes import Genes, label
from nni_autoattend.supernet import mixture, mixture_edges
from nni_autoattend.supernet.mixture import MixtureEncoder, edges_of_mixture

MODES = ("full", "target", "source", "none", "affine")


@pytest.mark.parametrize("mode", MODES)
def test_with_all_weight_on_one_value_it_is_the_sampled_path(mode, toy):
    rng = Random(3)
    for _ in range(3):
        sample = toy.genes.to_sample(toy.genes.random(rng))
        encoder = toy.make(MixtureEncoder, mode, toy.certain_alphas(toy.genes, sample))
        toy.equal(toy.run(encoder, []), toy.run(toy.sampled_path(mode, sample), []))


@pytest.mark.parametrize(
    "layers",
    [
        ({"kind": "addition", "source": 0, "left_op": "gru", "right_op": "zero"},),
        ({"kind": "addition", "source": 0, "left_op": "conv3", "right_op": "conv3"},),
        ({"kind": "attention", "source": 0, "query_op": "identity", "key_op": "conv1", "value_op": "conv1"},),
        (
            {"kind": "attention", "source": 0, "query_op": "conv1", "key_op": "gru", "value_op": "identity"},
            {"kind": "addition", "source": 1, "left_op": "identity", "right_op": "zero"},
        ),
    ],
    ids=["zero", "twice the same", "attention to the stem", "zero hides the source"],
)
def test_at_the_edges_of_the_space_it_is_the_sampled_path(layers, toy):
    genes = Genes(len(layers), toy.genes.kinds, toy.genes.operations)
    sample = {name: values[0] for name, values in genes.labels().items()}
    sample |= {label(target, gene): value for target, own in enumerate(layers, 1) for gene, value in own.items()}
    encoder = toy.make(MixtureEncoder, "full", toy.certain_alphas(genes, sample), genes)
    toy.equal(toy.run(encoder, []), toy.run(toy.sampled_path("full", sample, genes), []))


@pytest.mark.parametrize("mode", MODES)
def test_it_is_what_the_formula_says(mode, toy):
    alphas = toy.random_alphas(toy.genes)
    encoder = toy.make(MixtureEncoder, mode, alphas)
    plain = toy.make(MixtureEncoder, mode, alphas)
    plain.forward = lambda states, layout, noise: plain_mixture(plain, states, toy.lengths)
    toy.equal(toy.run(encoder, list(alphas.values())), toy.run(plain, list(alphas.values())))


@pytest.mark.parametrize("kinds", [("addition",), ("attention",), ("attention", "addition")])
def test_spaces_of_other_kinds(kinds, toy):
    genes = Genes(3, kinds, toy.genes.operations)
    alphas = toy.random_alphas(genes)
    plain = toy.make(MixtureEncoder, "full", alphas, genes)
    plain.forward = lambda states, layout, noise: plain_mixture(plain, states, toy.lengths)
    encoder = toy.make(MixtureEncoder, "full", alphas, genes)
    toy.equal(toy.run(encoder, list(alphas.values())), toy.run(plain, list(alphas.values())))


def test_only_wide_mixtures_are_recomputed(toy, monkeypatch):
    encoder = toy.make(MixtureEncoder, "full", toy.random_alphas(toy.genes))
    states = torch.zeros(1, 17, 8)
    edges = edges_of_mixture(toy.genes)
    assert not encoder._is_wide(states)
    monkeypatch.setattr(mixture, "_KEPT", 17 * 8 * edges - 1)
    assert encoder._is_wide(states)


def test_edges_are_those_that_run(toy, monkeypatch):
    counted = 0
    operate = mixture_edges.EdgeMixer.operate

    def counting(self, operation, target, edges, noise):
        nonlocal counted
        counted += len(edges)
        return operate(self, operation, target, edges, noise)

    monkeypatch.setattr(mixture_edges.EdgeMixer, "operate", counting)
    for kinds in (("addition",), ("attention",), toy.genes.kinds):
        genes, counted = Genes(4, kinds, toy.genes.operations), 0
        toy.run(toy.make(MixtureEncoder, "full", toy.random_alphas(genes), genes), [])
        assert counted == 5 * edges_of_mixture(genes)
    assert 5 * edges_of_mixture(Genes(24, toy.genes.kinds, toy.genes.operations)) == 5 * (3 * 24**2 + 4 * 24 - 2)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**31))
def test_exported_is_the_largest_alpha_and_probabilities_are_the_softmax(toy, seed):
    alphas = toy.random_alphas(toy.genes, seed)
    encoder = toy.make(MixtureEncoder, "none", alphas)
    exported, chances = encoder.export({}), encoder.export_probs({})
    assert exported.keys() == chances.keys() == toy.genes.labels().keys()
    for name, values in toy.genes.labels().items():
        own = torch.tensor([chances[name][value] for value in values]).double()
        torch.testing.assert_close(own, alphas[name].detach().softmax(0))
        assert exported[name] == max(chances[name], key=chances[name].__getitem__)
    toy.genes.from_sample(exported)


def test_the_memo_is_respected(toy):
    alphas = toy.random_alphas(toy.genes)
    encoder = toy.make(MixtureEncoder, "none", {**alphas, "of another module": nn.Parameter(torch.zeros(2))})
    known = {"layer01_kind": "attention"}
    assert encoder.resample({}) == {}
    assert (
        encoder.export(known).keys() == encoder.export_probs(known).keys() == toy.genes.labels().keys() - known.keys()
    )
    assert [id(alpha) for alpha in encoder.arch_parameters()] == [id(alphas[name]) for name in toy.genes.labels()]
    assert MixtureEncoder.mutate(nn.Linear(1, 1), "other", {}, {}) is None


def plain_mixture(encoder: MixtureEncoder, states: Tensor, lengths: tuple[int, ...]) -> Tensor:
    """The formula of ``MixtureEncoder``, edge by edge on padded rows, by torch's own layers."""
    layout, genes, slots = TokenLayout.of(lengths), encoder.genes, encoder.weights
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    padded = states.new_zeros(mask.numel(), 8).index_copy(0, layout.places, states[0]).view(*mask.shape, 8)
    by_kind = [{None: (padded, 1.0)}]
    for target in range(1, genes.layers + 1):
        weight = {
            gene: dict(
                zip(
                    genes.labels()[label(target, gene)],
                    encoder.alphas.vectors[label(target, gene)].softmax(0),
                    strict=True,
                )
            )
            for gene in ("kind", "source", "left_op", "right_op", "query_op", "key_op", "value_op")
            if label(target, gene) in genes.labels()
        }

        def edge(role, gene, source, kind, target=target, weight=weight):
            operations = {name: own for name, own in weight[gene].items() if name != ZERO}
            state = by_kind[source][kind][0]
            return sum(
                own * slots.operation(Edge(source, target, name, role, kind))(state, mask)
                for name, own in operations.items()
            )

        made = {}
        if "addition" in genes.kinds:
            left = sum(own * edge("feature", "left_op", target - 1, kind) for kind, (_, own) in by_kind[-1].items())
            right = sum(
                weight["source"][source] * own * edge("feature", "right_op", source, kind)
                for source in range(target)
                for kind, (_, own) in by_kind[source].items()
            )
            made["addition"] = slots.aggregation(target, "addition")([left, right], mask)
        if "attention" in genes.kinds:
            query = sum(own * edge("query", "query_op", target - 1, kind) for kind, (_, own) in by_kind[-1].items())
            made["attention"] = sum(
                weight["source"][source]
                * own
                * slots.aggregation(target, "attention")(
                    [query, edge("key", "key_op", source, kind), edge("value", "value_op", source, kind)], mask
                )
                for source in range(target)
                for kind, (_, own) in by_kind[source].items()
            )
        by_kind.append({kind: (made[kind], weight["kind"][kind]) for kind in genes.kinds})
    result = sum(own * state for state, own in by_kind[-1].values())
    return result.flatten(0, 1)[layout.places].unsqueeze(0)
