from typing import Any

import pytest
import torch

from nni_autoattend.budget import Deadline
from nni_autoattend.datasets.batches import TextLoader
from nni_autoattend.experiment import forecast_supernet
from nni_autoattend.experiment.forecast_supernet import StepTimes, ThrowAwaySupernet

pytestmark = pytest.mark.timeout(240)  # the first test of a process imports nni


@pytest.fixture(scope="module")
def supernet(toy_data: Any) -> ThrowAwaySupernet:
    settings, _, data = toy_data
    return ThrowAwaySupernet(settings, data)


@pytest.fixture
def batches(toy_data: Any) -> list[Any]:
    return list(TextLoader(toy_data[2].train, 25, shuffle=False))


def test_it_is_the_supernet_of_the_settings(supernet: ThrowAwaySupernet) -> None:
    from nni_autoattend.strategy.detached_steps import supernet_modules

    assert (supernet.paths, len(supernet_modules(supernet.model))) == (16, 1)
    assert supernet.build > 0


def test_steps_are_real_but_the_weights_stay(supernet: ThrowAwaySupernet, batches: list[Any]) -> None:
    before = [weight.detach().clone() for weight in supernet.model.parameters()]
    assert len(supernet.phase_steps(batches, 2, Deadline())) == 4
    after = list(supernet.model.parameters())
    assert not all(torch.equal(old, new) for old, new in zip(before, after, strict=True))  # zeros become 1e-12
    assert all(torch.allclose(old, new, atol=1e-9) for old, new in zip(before, after, strict=True))
    assert len(supernet.phase_steps(batches, 1, Deadline.after(0.0))) == 1


def test_evaluations_until_the_deadline(supernet: ThrowAwaySupernet, toy_data: Any) -> None:
    loader = TextLoader(toy_data[2].search, 50, shuffle=False)
    assert len(supernet.evaluations(loader, 3, Deadline())) == 3
    assert len(supernet.evaluations(loader, 3, Deadline.after(0.0))) == 1


def test_a_step_lasts_from_the_one_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([10.0, 11.0, 14.0])
    monkeypatch.setattr(forecast_supernet.time, "perf_counter", lambda: next(ticks))
    times = StepTimes()
    times.start("supernet", 2)
    times.advance(1, loss=0.5)
    times.advance(1)
    times.finish()
    assert times.seconds == [1.0, 3.0]
