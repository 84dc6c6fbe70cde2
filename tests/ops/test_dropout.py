import pytest
import torch

from nni_autoattend.ops.dropout import Dropout


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_drops_at_the_rate_and_keeps_the_mean(rate):
    torch.manual_seed(0)
    values = Dropout(rate)(torch.ones(400_003))
    dropped = values == 0
    assert dropped.float().mean().item() == pytest.approx(rate, abs=0.005)
    torch.testing.assert_close(values[~dropped], torch.full_like(values[~dropped], 1 / (1 - rate)), rtol=1e-3, atol=0)


def test_elements_fall_independently():
    torch.manual_seed(0)
    dropped = (Dropout(0.5)(torch.ones(400_000)) == 0).double() - 0.5
    for lag in (1, 2, 3, 4, 8):  # four elements share one draw
        assert abs((dropped[lag:] * dropped[:-lag]).mean().item()) < 0.002


def test_the_seed_fixes_the_result():
    values = torch.randn(7, 3)
    torch.manual_seed(5)
    first, second = Dropout(0.5)(values), Dropout(0.5)(values)
    torch.manual_seed(5)
    assert torch.equal(Dropout(0.5)(values), first)
    assert not torch.equal(first, second)


def test_the_gradient_is_dropped_and_scaled_alike():
    values = torch.ones(1000, requires_grad=True)
    result = Dropout(0.25)(values)
    result.sum().backward()
    assert torch.equal(values.grad, result.detach())


def test_evaluation_and_rate_zero_draw_nothing():
    values = torch.randn(5)
    state = torch.get_rng_state()
    assert Dropout(0.5).eval()(values) is values
    assert Dropout(0.0)(values) is values
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_keeps_the_type_of_values(dtype):
    assert Dropout(0.5)(torch.ones(3, 5, dtype=dtype)).dtype == dtype


def test_a_rate_just_below_one_stays_finite():
    assert Dropout(0.9999999)(torch.ones(10_000)).isfinite().all()
