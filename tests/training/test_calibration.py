"""The calibrated loss: the least of all temperatures, blind to how sure of itself a network is."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from nni_autoattend.training.calibration import calibrated_loss
from nni_autoattend.training.decisions import mean_loss

pytestmark = pytest.mark.timeout(60)


def drawn(seed: int, items: int = 40, classes: int = 4, *, multi_label: bool = False) -> tuple[Tensor, Tensor]:
    """Logits that are right more often than not, and labels."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(items, classes, generator=generator)
    noisy = logits + 1.5 * torch.randn(items, classes, generator=generator)
    return logits, (noisy > 0).float() if multi_label else noisy.argmax(dim=1)


@pytest.mark.parametrize("multi_label", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_no_temperature_of_a_fine_grid_does_better(seed: int, multi_label: bool) -> None:
    logits, labels = drawn(seed, multi_label=multi_label)
    grid = [mean_loss(logits / math.exp(step / 100), labels).item() for step in range(-346, 347)]
    assert calibrated_loss(logits, labels) == pytest.approx(min(grid), abs=1e-4)
    assert calibrated_loss(logits, labels) <= min(grid) + 1e-6


@given(st.integers(0, 1000), st.floats(0.25, 4.0))
def test_how_sure_a_network_is_does_not_count(seed: int, factor: float) -> None:
    logits, labels = drawn(seed)
    assert calibrated_loss(logits * factor, labels) == pytest.approx(calibrated_loss(logits, labels), abs=1e-6)


@given(st.integers(0, 1000), st.floats(0.01, 100.0))
def test_never_more_than_the_own_loss_nor_than_that_of_a_guess(seed: int, factor: float) -> None:
    logits, labels = drawn(seed)
    own = mean_loss(logits.double() * factor, labels).item()
    assert calibrated_loss(logits * factor, labels) <= own + 1e-6
    assert calibrated_loss(-logits, labels) <= math.log(4) + 0.05  # at the hottest temperature, nearly a guess


def test_the_order_of_items_does_not_count() -> None:
    logits, labels = drawn(1)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(2))
    assert calibrated_loss(logits[order], labels[order]) == pytest.approx(calibrated_loss(logits, labels), abs=1e-12)


def test_all_right_costs_next_to_nothing() -> None:
    labels = torch.tensor([0, 1, 2])
    assert calibrated_loss(torch.eye(3), labels) < 1e-9


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_what_is_not_finite_stays_so(wrong: float) -> None:
    logits, labels = drawn(0)
    logits[3, 1] = wrong
    assert not math.isfinite(calibrated_loss(logits, labels))
