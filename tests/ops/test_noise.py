import pytest
import torch

from nni_autoattend.ops import noise as module
from nni_autoattend.ops.noise import Noise, share_dropped


def draw(count, rate, seed=0, dtype=torch.float32):
    torch.manual_seed(seed)
    return Noise(dtype).survivors((count,), rate)


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5, 0.9])
def test_over_all_masks_each_element_is_dropped_in_exactly_the_same_share(rate):
    table = module._table(rate, torch.float32)
    assert table.shape == (32768, 32)
    assert (table == 0).sum(dim=0).tolist() == [round(rate * 32768)] * 32
    kept = table[table != 0]
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - share_dropped(rate))))
    torch.testing.assert_close(table.double().mean(dim=0), torch.ones(32, dtype=torch.float64))  # the mean is kept


def test_the_masks_are_the_same_in_every_process_and_leave_the_generator_alone():
    module._table.cache_clear()
    torch.manual_seed(0)
    state, first = torch.get_rng_state(), module._table(0.3, torch.float32)
    assert torch.equal(torch.get_rng_state(), state)
    module._table.cache_clear()
    torch.manual_seed(1)
    assert torch.equal(module._table(0.3, torch.float32), first)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_drops_at_the_rate_and_keeps_the_mean(rate):
    values = draw(800_003, rate)
    dropped = values == 0
    assert dropped.double().mean().item() == pytest.approx(rate, abs=0.003)
    torch.testing.assert_close(values[~dropped], torch.full_like(values[~dropped], 1 / (1 - rate)), rtol=1e-3, atol=0)
    assert values.double().mean().item() == pytest.approx(1.0, rel=0.01)


def test_every_place_of_a_mask_drops_alike():
    shares = (draw(32 * 60_000, 0.1).view(-1, 32) == 0).double().mean(dim=0)
    torch.testing.assert_close(shares, torch.full_like(shares, 0.1), atol=0.006, rtol=0)  # five standard deviations


@pytest.mark.parametrize("lag", [1, 2, 5, 31, 32, 64, 96, 128])
def test_elements_fall_independently(lag):
    """32 of them share a draw, four draws one number: no lag may show it."""
    dropped = (draw(800_000, 0.5) == 0).double() - 0.5
    assert abs((dropped[lag:] * dropped[:-lag]).mean().item()) < 0.002


def test_columns_of_states_as_wide_as_a_mask_are_not_tied():
    """A state of 64 channels is two masks wide: channel c of all tokens comes from the same place of the mask."""
    dropped = (draw(64 * 40_000, 0.5).view(-1, 64) == 0).double() - 0.5
    ties = dropped.T @ dropped / len(dropped)
    ties.fill_diagonal_(0)
    assert ties.abs().max().item() < 0.02


def test_the_seed_fixes_the_result():
    assert torch.equal(draw(1000, 0.5, seed=5), draw(1000, 0.5, seed=5))
    assert not torch.equal(draw(1000, 0.5, seed=5), draw(1000, 0.5, seed=6))


@pytest.mark.parametrize("sizes", [(5,), (3, 100, 7), (40,) * 9, (1 << 18, 3), ((1 << 18) + 1, 5)])
def test_what_is_drawn_at_once_is_handed_out_piece_by_piece(sizes):
    torch.manual_seed(2)
    noise = Noise(torch.float32)
    pieces = [noise.survivors((size,), 0.5) for size in sizes]
    assert [len(piece) for piece in pieces] == list(sizes)
    starts = {piece.data_ptr() for piece in pieces}
    assert len(starts) == len(sizes)  # nothing is handed out twice
    if sum(sizes) <= 1 << 18:
        torch.manual_seed(2)
        assert torch.equal(torch.cat(pieces), Noise(torch.float32).survivors((sum(sizes),), 0.5))


@pytest.mark.parametrize("at_once", [32, 1000, 2**14])
def test_it_drops_at_the_rate_however_much_is_drawn_at_once(monkeypatch, at_once):
    monkeypatch.setattr(module, "_AT_ONCE", at_once)
    torch.manual_seed(0)
    noise = Noise(torch.float32)
    dropped = torch.cat([noise.survivors((size,), 0.3) for size in range(1, 700)]) == 0
    assert dropped.double().mean().item() == pytest.approx(0.3, abs=0.006)


def test_rates_do_not_share_what_is_left():
    noise = Noise(torch.float32)
    few, many = noise.survivors((30_000,), 0.1), noise.survivors((30_000,), 0.9)
    again = noise.survivors((30_000,), 0.1)
    assert [round((part == 0).double().mean().item(), 1) for part in (few, many, again)] == [0.1, 0.9, 0.1]
    assert not torch.equal(few, again)


def test_nothing_of_an_earlier_pass_is_left():
    """Whatever was drawn before: the state of torch's generator alone says what comes (a resumed search needs it)."""
    torch.manual_seed(3)
    Noise(torch.float32).survivors((10,), 0.5)
    state = torch.get_rng_state()
    first = Noise(torch.float32).survivors((50,), 0.5)
    torch.set_rng_state(state)
    assert torch.equal(Noise(torch.float32).survivors((50,), 0.5), first)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_shape_and_type_are_those_asked_for(dtype):
    values = Noise(dtype).survivors((2, 3, 5), 0.5)
    assert (values.shape, values.dtype) == ((2, 3, 5), dtype)


def test_no_element_at_all_is_no_trouble():
    assert Noise(torch.float32).survivors((3, 0), 0.5).shape == (3, 0)


def test_a_rate_just_below_one_stays_finite():
    assert share_dropped(0.9999999) < 1
    assert draw(10_000, 0.9999999).isfinite().all()


def test_a_seed_of_its_own_asks_torch_for_nothing():
    state = torch.get_rng_state()
    first, again, other = (Noise(torch.float32, seed).survivors((200,), 0.5) for seed in (7, 7, 8))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
