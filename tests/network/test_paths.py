"""Paths run together equal the plain reference, one architecture after the other on padded rows."""

from functools import cache
from random import Random

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.attention import packed
from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.genes import Genes
from nni_autoattend.network.encoder import Encoder
from nni_autoattend.network.paths import run_paths
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.recurrent import BidirectionalGRU
from nni_autoattend.settings import NetworkShape
from nni_autoattend.supernet.shared_weights import SharedWeights

OPERATIONS = ("zero", "identity", "conv1", "conv3", "maxpool3", "gru")
GENES = Genes(5, ("addition", "attention"), OPERATIONS)
FIXED = ([1], [1, 1, 1], [5, 5, 5], [2, 14, 1, 1, 2])


@cache
def weights_of(mode: str, dtype: torch.dtype, width: int = 16, heads: int = 4) -> SharedWeights:
    """A supernet without dropout; weights are random, and those of its norms too."""
    torch.manual_seed(0)
    weights = SharedWeights(GENES, NetworkShape(width, heads, 0.0, 0.0, 0.0), mode)
    for parameter in weights.parameters():
        torch.nn.init.normal_(parameter, std=0.5 if parameter.dim() == 1 else parameter.shape[-1] ** -0.5)
    return weights.to(dtype)


def draw(paths: int, seed: int) -> list[Architecture]:
    rng = Random(seed)
    return [GENES.random(rng) for _ in range(paths)]


def states_for(paths: int, lengths: list[int], dtype: torch.dtype, width: int = 16) -> torch.Tensor:
    torch.manual_seed(sum(lengths))
    return torch.randn(paths, sum(lengths), width).to(dtype).requires_grad_()


def touched(architectures: list[Architecture], weights: SharedWeights) -> list[torch.Tensor]:
    """The weights of the modules that the architectures name, each once."""
    edges = [edge for architecture in architectures for edge in architecture.edges()]
    modules = [weights.operation(edge) for edge in edges]
    modules += [weights.aggregation(target, "attention") for target in range(1, GENES.layers + 1)]
    return list({id(weight): weight for module in modules for weight in module.parameters()}.values())


def both_ways(check, architectures, lengths, weights, width=16):
    """Return output and gradients of the fast way and of the plain one."""
    dtype = next(weights.parameters()).dtype
    states = states_for(len(architectures), lengths, dtype, width)
    inputs = [states, *touched(architectures, weights)]
    found = check.with_gradients(run_paths(architectures, states, TokenLayout.of(lengths), weights), inputs)
    return found, check.with_gradients(check.run_plain_paths(architectures, states, lengths, weights), inputs)


@given(
    lengths=st.lists(st.integers(1, 14), min_size=1, max_size=12),
    paths=st.integers(1, 4),
    seed=st.integers(0, 10**6),
    mode=st.sampled_from(["full", "none", "affine"]),
)
@example(lengths=FIXED[0], paths=2, seed=0, mode="full")
@example(lengths=FIXED[1], paths=1, seed=1, mode="none")
@example(lengths=FIXED[2], paths=3, seed=2, mode="full")
@example(lengths=FIXED[3], paths=4, seed=3, mode="none")
@settings(max_examples=15, deadline=None, derandomize=True)  # a tie of two maxima would have two right gradients
def test_equals_the_plain_reference_in_outputs_and_all_gradients(check, lengths, paths, seed, mode):
    check.agree(*both_ways(check, draw(paths, seed), lengths, weights_of(mode, torch.float64)), 1e-9)


@pytest.mark.parametrize("short", [0, 1000])
@pytest.mark.parametrize("lengths", FIXED, ids=str)
def test_equals_the_plain_reference_with_either_kernel_of_attention(check, monkeypatch, short, lengths):
    monkeypatch.setattr(packed, "_SHORT", short)
    check.agree(*both_ways(check, draw(3, 7), lengths, weights_of("full", torch.float64)), 1e-9)


@pytest.mark.parametrize("lengths", FIXED, ids=str)
def test_equals_the_plain_reference_in_single_precision(check, lengths):
    check.agree(*both_ways(check, draw(3, 1), lengths, weights_of("full", torch.float32)), 1e-5, floor=1.0)


def test_equals_the_plain_reference_at_the_width_of_a_search(check):
    weights = weights_of("full", torch.float32, 64, 8)
    check.agree(*both_ways(check, draw(4, 1), [7, 20, 1, 7, 3, 1], weights, width=64), 1e-5, floor=1.0)


def test_is_as_exact_as_the_plain_reference(check):
    """Both in single precision against double precision: packing and folding cost no digits."""
    lengths, architectures = [9, 30, 1, 4], draw(4, 5)
    fast, plain = both_ways(check, architectures, lengths, weights_of("full", torch.float32))
    exact = both_ways(check, architectures, lengths, weights_of("full", torch.float64))[1]
    for part in (slice(0, 1), slice(1, None)):
        errors = [joined(way[part]) - joined(exact[part]) for way in (fast, plain)]
        assert errors[0].norm() < 2 * errors[1].norm()


def joined(tensors: list[torch.Tensor]) -> torch.Tensor:
    return torch.cat([tensor.double().flatten() for tensor in tensors])


def test_a_path_alone_equals_the_same_path_among_others():
    lengths, architectures, weights = [4, 9, 1, 2], draw(6, 3), weights_of("none", torch.float32)
    states, layout = states_for(6, lengths, torch.float32), TokenLayout.of(lengths)
    together = run_paths(architectures, states, layout, weights)
    for number, architecture in enumerate(architectures):
        alone = run_paths([architecture], states[number : number + 1], layout, weights)
        torch.testing.assert_close(together[number], alone[0], rtol=0, atol=1e-6 * size(together))


def test_one_path_twice_is_one_result_and_twice_the_gradient():
    (architecture,), weights = draw(1, 3), weights_of("full", torch.float64)
    states, layout = states_for(1, [4, 9, 1, 2], torch.float64), TokenLayout.of([4, 9, 1, 2])
    inputs, once = touched([architecture], weights), run_paths([architecture], states, layout, weights)
    twice = run_paths([architecture] * 2, states.expand(2, -1, -1), layout, weights)
    torch.testing.assert_close(twice, once.expand(2, -1, -1))
    for one, two in zip(*(gradients_of(outputs, inputs) for outputs in (once, twice)), strict=True):
        torch.testing.assert_close(2 * one, two)


def gradients_of(outputs, inputs):
    return torch.autograd.grad(outputs.square().sum(), inputs, materialize_grads=True)


@given(lengths=st.lists(st.integers(1, 9), min_size=2, max_size=6), seed=st.integers(0, 99), rest=st.randoms())
@settings(max_examples=10, deadline=None, derandomize=True)
def test_batch_mates_and_the_order_of_rows_change_nothing(check, lengths, seed, rest):
    architectures, weights = draw(3, seed), weights_of("full", torch.float32)
    rows = list(range(len(lengths)))
    rest.shuffle(rows)
    rows = rows[: max(1, len(rows) // 2)]
    own = [lengths[row] for row in rows]
    states = check.pad(states_for(3, lengths, torch.float32).detach(), lengths)
    together = run_paths(architectures, check.pack(states, lengths), TokenLayout.of(lengths), weights)
    chosen = check.pack(states[:, rows, : max(own)], own)
    among_others = check.pad(run_paths(architectures, chosen, TokenLayout.of(own), weights), own)
    expected = check.pad(together, lengths)[:, rows, : max(own)]
    torch.testing.assert_close(among_others, expected, rtol=0, atol=1e-6 * size(together))


def size(states):
    return max(1.0, float(states.detach().abs().max()))


def test_edges_of_one_layer_with_one_operation_are_one_call(monkeypatch):
    """Also those of several paths; layers of both kinds in one layer come back in the order of the paths."""
    calls = []
    together = BidirectionalGRU.together.__func__

    def counting(cls, modules, *rest):
        calls.append(len(modules))
        return together(cls, modules, *rest)

    monkeypatch.setattr(BidirectionalGRU, "together", classmethod(counting))
    addition, attention = AdditionLayer(0, "gru", "gru"), AttentionLayer(0, "gru", "conv1", "gru")
    architectures = [Architecture((layer,)) for layer in (addition, attention, addition)]
    weights, layout = weights_of("none", torch.float64), TokenLayout.of([3, 1])
    states = states_for(3, [3, 1], torch.float64)
    together_states = run_paths(architectures, states, layout, weights)
    assert calls == [6]
    for number, architecture in enumerate(architectures):
        alone = run_paths([architecture], states[number : number + 1], layout, weights)
        torch.testing.assert_close(together_states[number], alone[0])


def test_the_states_it_is_given_stay_as_they_are():
    states = states_for(4, [4, 9, 1, 2], torch.float64)
    before = states.clone()
    run_paths(draw(4, 3), states, TokenLayout.of([4, 9, 1, 2]), weights_of("full", torch.float64)).sum().backward()
    assert torch.equal(states, before)


@pytest.mark.parametrize("lengths", [[1, 1, 1], [4, 9, 1, 2]], ids=str)
def test_noise_drops_in_every_place_and_the_seed_fixes_it(lengths):
    shape = NetworkShape(16, 4, 0.1, 0.1, 0.1)
    torch.manual_seed(0)
    weights, states = SharedWeights(GENES, shape, "full"), states_for(4, lengths, torch.float32)

    def run(seed):
        torch.manual_seed(seed)
        return run_paths(draw(4, 3), states, TokenLayout.of(lengths), weights, Noise(torch.float32))

    assert torch.equal(run(1), run(1))
    assert not torch.equal(run(1), run(2))


def test_on_average_a_linear_network_under_dropout_is_that_of_evaluation():
    """Additions of identities behind a dropout each: 32 times the state."""
    doubling = Architecture(tuple(AdditionLayer(target - 1, "identity", "identity") for target in range(1, 6)))
    encoder = Encoder(doubling, NetworkShape(8, 2, 0.2, 0.2, 0.2))
    states, layout = torch.ones(2000, 3, 8), TokenLayout.of([2, 1])
    torch.manual_seed(0)
    outputs = run_paths([doubling] * 2000, states, layout, encoder, Noise(torch.float32))
    assert run_paths([doubling], states[:1], layout, encoder).unique().tolist() == [32.0]
    spread = 32 * (1.25**5 - 1) ** 0.5 / outputs.numel() ** 0.5
    assert outputs.mean().item() == pytest.approx(32.0, abs=4 * spread)
    assert (outputs == 0).double().mean().item() == pytest.approx(1 - 0.8**5, abs=0.01)
