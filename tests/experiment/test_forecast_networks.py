from typing import Any

import pytest
from torch import nn

from nni_autoattend.budget import Deadline
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.entrants import entrants
from nni_autoattend.experiment.forecast import MemoryForecast
from nni_autoattend.experiment.forecast_memory import trainable_bytes
from nni_autoattend.experiment.forecast_networks import NetworkCost, measure_networks, with_activations


def measured(bench: Bench, toy: Any, seconds: float, times: int = 3) -> tuple[NetworkCost, list[nn.Module]]:
    variant = entrants(bench, toy.candidates())[-1].variants[0]
    built: list[nn.Module] = []

    def build() -> nn.Module:
        built.append(variant.build())
        return built[-1]

    deadline = Deadline.after(seconds)
    cost = measure_networks(
        "found", [build] * times, variant.training, bench.data.train, bench.data.selection, deadline
    )
    return cost, built


def test_every_network_is_measured_where_there_is_time(bench: Bench, toy: Any) -> None:
    cost, built = measured(bench, toy, 60.0)
    assert len(built) == 3
    assert cost.measured == 1 + 3 * 2 + 3  # the pace, two steps and a scoring each
    assert cost.step > 0 and cost.token > 0 and cost.build > 0
    assert cost.scoring(bench.data.test) == pytest.approx(
        cost.token * int(bench.data.test.distinct.texts.token_counts.sum())
    )
    size = trainable_bytes(built[0])
    if cost.memory is not None:
        memory = cost.memory
        assert (memory.weights, memory.gradients, memory.moments) == (size, size, 2 * size)
        assert memory.process > 0 and memory.activations >= 0


def test_without_time_one_network_takes_one_step(bench: Bench, toy: Any) -> None:
    cost, built = measured(bench, toy, 0.0)
    assert (len(built), cost.measured) == (1, 1 + 1 + 1)
    assert cost.step > 0


def test_activations_are_what_is_seen_beyond_the_known() -> None:
    memory = MemoryForecast("found", 10, 1, 1, 2, 0)
    seen = with_activations(memory, 20)
    assert seen is not None and (seen.activations, seen.total) == (6, 20)
    below = with_activations(memory, 5)
    assert below is not None and below.activations == 0
    assert with_activations(memory, None) is None and with_activations(None, 5) is None
