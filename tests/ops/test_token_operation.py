"""What every edge operation promises: ``together`` equals ``forward``, and no row sees another or any padding."""

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.token_operation import TokenOperation, keep_real
from nni_autoattend.ops.token_table import TOKEN_OPERATIONS

FIXED = ([1], [1, 1, 1], [5, 5, 5], [2, 14, 1, 1, 2])
CHOSEN = ([0], [0, 1], [0, 1, 0], [2, 0, 1, 1])


@pytest.mark.parametrize("name", TOKEN_OPERATIONS)
@given(lengths=st.lists(st.integers(1, 14), min_size=1, max_size=12), chosen=st.sampled_from(CHOSEN))
@example(lengths=FIXED[0], chosen=CHOSEN[2])
@example(lengths=FIXED[1], chosen=CHOSEN[0])
@example(lengths=FIXED[2], chosen=CHOSEN[1])
@example(lengths=FIXED[3], chosen=CHOSEN[3])
@settings(max_examples=25, deadline=None)
def test_together_equals_forward_in_outputs_and_all_gradients(check, name, lengths, chosen):
    check.fast_equals_plain(name, lengths, chosen, torch.float64, 1e-10)


@pytest.mark.parametrize("lengths", FIXED, ids=str)
@pytest.mark.parametrize("chosen", [[0], [2, 0, 1, 1]], ids=str)
@pytest.mark.parametrize("name", TOKEN_OPERATIONS)
def test_together_equals_forward_in_single_precision(check, name, lengths, chosen):
    check.fast_equals_plain(name, lengths, chosen, torch.float32, 1e-5)


@pytest.mark.parametrize("name", TOKEN_OPERATIONS)
def test_together_equals_forward_at_the_width_of_a_search(check, name):
    check.fast_equals_plain(name, [7, 20, 1, 7, 3], [0, 1, 0], torch.float32, 1e-5, width=64)


@pytest.mark.parametrize("name", TOKEN_OPERATIONS)
@given(lengths=st.lists(st.integers(1, 9), min_size=2, max_size=6), seed=st.integers(0, 99), rest=st.randoms())
@settings(max_examples=15, deadline=None)
def test_batch_mates_and_the_order_of_rows_change_nothing(check, name, lengths, seed, rest):
    torch.manual_seed(seed)
    modules = check.build(name, 2)
    states = torch.randn(2, len(lengths), max(lengths), 4)
    mates = [0, *rest.sample(range(1, len(lengths)), len(lengths) // 2)]
    rest.shuffle(mates)
    own = [lengths[row] for row in mates]
    together = unpacked(check.run_fast(modules, states, lengths), lengths)
    among_others = unpacked(check.run_fast(modules, states[:, mates, : max(own)], own), own)
    for place, row in enumerate(mates):
        torch.testing.assert_close(among_others[place], together[row], rtol=0, atol=1e-6 * scale(together))


@pytest.mark.parametrize("name", TOKEN_OPERATIONS)
def test_a_module_computes_the_same_alone_and_beside_others(check, name):
    torch.manual_seed(0)
    modules, lengths = check.build(name, 3), [4, 1, 6, 2]
    states = torch.randn(3, 4, 6, 4)
    together = check.run_fast(modules, states, lengths)
    for number, module in enumerate(modules):
        alone = check.run_fast([module], states[number : number + 1], lengths)
        torch.testing.assert_close(together[number], alone[0], rtol=0, atol=1e-6 * scale([together]))


@pytest.mark.parametrize("lengths", [[1, 1, 1], [4, 1, 6, 2]], ids=str)
@pytest.mark.parametrize("name", [name for name, entry in TOKEN_OPERATIONS.items() if "dropout" in entry.takes])
def test_dropout_drops_at_its_rate_in_training_and_scales_what_stays(check, name, lengths):
    torch.manual_seed(0)
    modules = check.build(name, 2, width=64, dropout=0.25)
    states = torch.randn(2, len(lengths), max(lengths), 64)
    still = check.run_fast(modules, states, lengths)
    noisy = check.run_fast(modules, states, lengths, Noise(torch.float32))
    stays = noisy != 0
    torch.testing.assert_close(noisy[stays], still[stays] / 0.75)
    assert (~stays[still != 0]).double().mean().item() == pytest.approx(0.25, abs=0.06)


@pytest.mark.parametrize("name", ["identity", "maxpool3"])
def test_operations_without_dropout_draw_nothing(check, name):
    state = torch.get_rng_state()
    states, modules = torch.randn(1, 2, 3, 4, generator=torch.Generator().manual_seed(0)), check.build(name, 1)
    torch.set_rng_state(state)
    check.run_fast(modules, states, [3, 2], Noise(torch.float32))
    assert torch.equal(torch.get_rng_state(), state)


def test_keep_real_zeroes_padding_and_nothing_else():
    states = torch.randn(2, 3, 4)
    mask = torch.tensor([[True, True, False], [True, False, False]])
    kept = keep_real(states, mask)
    assert torch.equal(kept[mask], states[mask])
    assert torch.equal(kept[~mask], torch.zeros(3, 4))


def test_keep_real_keeps_the_type():
    states = torch.randn(1, 2, 3, dtype=torch.bfloat16)
    assert keep_real(states, torch.tensor([[True, False]])).dtype == torch.bfloat16


def test_an_operation_must_say_both_ways_what_it_does():
    class Silent(TokenOperation):
        pass

    with pytest.raises(TypeError, match=r"forward.*together"):
        Silent()


def unpacked(states: torch.Tensor, lengths: list[int]) -> list[torch.Tensor]:
    """(G, T, C) -> (G, length, C) of each row."""
    padded = states.new_zeros(len(states), len(lengths) * max(lengths), states.shape[-1])
    padded[:, TokenLayout.of(lengths).places] = states
    rows = padded.unflatten(1, (len(lengths), max(lengths))).unbind(1)
    return [row[:, :length] for row, length in zip(rows, lengths, strict=True)]


def scale(tensors: list[torch.Tensor]) -> float:
    return max(1.0, max(float(tensor.abs().max()) for tensor in tensors))
