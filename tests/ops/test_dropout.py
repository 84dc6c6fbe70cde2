import pytest
import torch
import torch.nn.functional as F

from nni_autoattend.ops.dropout import draw_survivors, thin, thin_relu
from nni_autoattend.ops.noise import Noise


def noise(seed=0, dtype=torch.float32):
    torch.manual_seed(seed)
    return Noise(dtype)


def test_thin_multiplies_with_the_survivors_and_so_does_its_gradient():
    values = torch.randn(7, 100, requires_grad=True)
    thinned = thin(values, 0.25, noise())
    survivors = noise().survivors((7, 100), 0.25)
    assert torch.equal(thinned, values * survivors)
    weighting = torch.randn(7, 100)
    (gradient,) = torch.autograd.grad((thinned * weighting).sum(), values)
    assert torch.equal(gradient, weighting * survivors)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5])
def test_thin_relu_equals_the_plain_formula_given_the_same_survivors(rate):
    torch.manual_seed(1)
    values = torch.randn(3, 50, 8, dtype=torch.float64)
    weighting = torch.randn_like(values)
    both = []
    for formula in (lambda before: thin_relu(before, rate, noise(5, torch.float64)), plain_formula(rate)):
        given = values.clone().requires_grad_()
        result = formula(given * 2.0)
        both.append((result.detach(), *torch.autograd.grad((result * weighting).sum(), given)))
    for found, expected in zip(*both, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)


def plain_formula(rate):
    survivors = noise(5, torch.float64).survivors((3, 50, 8), rate) if rate else 1.0
    return lambda before: F.relu(before) * survivors


def test_thin_relu_overwrites_what_it_is_given_and_keeps_nothing_else():
    values = torch.randn(4, 6, requires_grad=True) * 1.0
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: kept.append(tensor) or tensor, lambda tensor: tensor):
        thinned = thin_relu(values, 0.5, noise())
    assert thinned.data_ptr() == values.data_ptr()
    assert [tensor.data_ptr() for tensor in kept] == [thinned.data_ptr()]


@pytest.mark.parametrize("how", [thin, thin_relu])
@pytest.mark.parametrize(("rate", "drawn"), [(0.5, False), (0.0, True)])
def test_evaluation_and_rate_zero_drop_and_draw_nothing(how, rate, drawn):
    given = noise() if drawn else None
    state, values = torch.get_rng_state(), torch.arange(1.0, 6.0)
    assert torch.equal(how(values.clone(), rate, given), values)
    assert torch.equal(torch.get_rng_state(), state)


def test_on_average_a_linear_map_behind_a_dropout_is_that_of_evaluation():
    torch.manual_seed(0)
    values, matrix = torch.randn(20, 64), torch.randn(64, 5)
    draws, given = 3000, noise(1)
    mean = sum(thin(values, 0.3, given) @ matrix for _ in range(draws)) / draws
    deviation = ((values**2 @ matrix**2) * (0.3 / 0.7) / draws).sqrt()
    assert ((mean - values @ matrix).abs() / deviation).max() < 4.5  # of 100 numbers


def test_what_is_multiplied_with_has_the_shape_and_the_device_asked_for():
    survivors = draw_survivors((3, 40), 0.5, noise(), torch.ones(2))
    assert torch.equal(survivors, noise().survivors((3, 40), 0.5))
    assert draw_survivors((3, 40), 0.5, None, torch.ones(2)) is None
    assert draw_survivors((3, 40), 0.0, noise(), torch.ones(2)) is None
    elsewhere = draw_survivors((3, 40), 0.5, noise(), torch.ones(2, device="meta", dtype=torch.bfloat16))
    assert (elsewhere.shape, elsewhere.device.type, elsewhere.dtype) == ((3, 40), "meta", torch.bfloat16)


@pytest.mark.parametrize("how", [thin, thin_relu])
def test_off_the_cpu_torch_drops(how):
    given, values = noise(), torch.ones(3, 4, device="meta", requires_grad=True) * 1.0
    state = torch.get_rng_state()
    assert how(values, 0.5, given).device.type == "meta"
    assert torch.equal(torch.get_rng_state(), state)
