"""What is counted from settings alone; that searches really take so many steps stands in test_forecast_search.py."""

from dataclasses import replace
from typing import Any

import pytest

from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.entrants import entrants
from nni_autoattend.experiment.forecast_counts import (
    batches,
    comparing_counts,
    found_at_most,
    search_counts,
    training_counts,
)
from nni_autoattend.experiment.run_settings import resolve_settings
from nni_autoattend.recipes import load_strategy
from nni_autoattend.settings import TrainingSettings


def test_the_last_batch_counts(toy_data: Any, communities: Any) -> None:
    texts = toy_data[2].train
    sizes = (len(texts), len(texts) - 1, 1)
    assert [batches(texts, TrainingSettings(epochs=1, batch_size=size, lr=0.1)) for size in sizes] == [1, 2, len(texts)]
    assert batches(communities[2].train, TrainingSettings(epochs=1, batch_size=1, lr=0.1)) == 1


def test_trainings_are_those_of_the_table(bench: Bench, toy: Any) -> None:
    rows = training_counts(entrants(bench, toy.candidates()), bench.settings, bench.data)
    assert [(row.name, row.tuning, row.seeds, row.steps) for row in rows] == [
        (name, 2, 1, 3 * 2 * 2) for name in ("text-cnn", "random-architecture", "found")
    ]
    trivial, test = comparing_counts(rows, "text")
    assert (trivial.name, trivial.steps, test.steps) == ("tfidf-logistic", 2, 3)
    assert comparing_counts(rows, "graph")[0].name == "label-propagation"


def test_the_published_search(toy_data: Any) -> None:
    settings, _, data = toy_data
    phases = {phase.name: phase.steps for phase in search_counts(settings, data)}
    assert phases == {"supernet": 10, "evolution": 500 + 5 * 100}
    assert found_at_most(settings.strategy) == 5


def test_what_is_found_at_most() -> None:
    assert found_at_most(load_strategy("random", {"search.trials": 7})) == 7
    assert found_at_most(load_strategy("enas", {"search.samples": 4})) == 4
    assert found_at_most(load_strategy("autoattend", {"arguments.population": 2, "arguments.rounds": 0})) == 2


def test_finalists_are_trained_after_the_search_on_the_supernet(communities: Any) -> None:
    settings, _, data = communities
    phases = {phase.name: phase.steps for phase in search_counts(settings, data)}
    assert list(phases.items())[-2:] == [("finalists", 5), ("simplification", 24)]
    assert found_at_most(settings.strategy) == 5 + 24
    few = load_strategy("enas", {"search.samples": 4, "search.finalists": 9, "search.simplifications": 0})
    assert search_counts(replace(settings, strategy=few), data)[-1].steps == 4 == found_at_most(few)


def test_without_finalists_nothing_is_simplified(communities: Any) -> None:
    settings, _, data = communities
    alone = load_strategy("enas", {"search.samples": 4, "search.simplifications": 5})
    phases = [phase.name for phase in search_counts(replace(settings, strategy=alone), data)]
    assert phases == ["supernet", "second stage"] and found_at_most(alone) == 4


@pytest.mark.parametrize("kind", ["one-shot", "multi-trial"])
def test_somebodys_own_strategy(kind: Any, toy_data: Any) -> None:
    """A one-shot class trains as long as it likes; the engine lets no multi-trial one submit more than its trials."""
    _, _, data = toy_data
    settings = resolve_settings("autoattend-text-small", "random", {"task": "listops"})
    own = replace(settings, strategy=replace(settings.strategy, class_name="mine:Own", kind=kind))
    phases = search_counts(own, data)
    if kind == "one-shot":
        assert phases[0].steps is None and "mine:Own decides by itself" in phases[0].remark
    else:
        assert (phases[0].steps, phases[0].remark) == (20, "at most; the strategy may ask for fewer")
