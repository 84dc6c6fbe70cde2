"""What a multi-trial search on text says of itself: why it ended early, and that trials failed."""

import pytest

from nni_autoattend.errors import DivergedError
from nni_autoattend.journal import Journal
from nni_autoattend.recipes import load_space, load_strategy
from nni_autoattend.strategy import stand_alone
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.search import search_architectures

ONE_LAYER = {
    "genes.layers": 1, "genes.operations": ["zero", "identity", "conv1"], "search.width": 8, "search.heads": 2,
}  # fmt: skip
"""Thirteen networks."""


@pytest.fixture
def search(text_data, monkeypatch):
    """Search without training: the fitness is the number of the trial."""
    fitted = []

    def fit(network, *arguments, **options):
        fitted.append(network)
        if len(fitted) in fit.diverging:
            raise DivergedError("no finite losses")
        return type("Result", (), {"best_score": float(len(fitted)), "best_loss": 0.0})

    fit.diverging = ()
    monkeypatch.setattr(stand_alone, "fit", fit)

    def search(strategy, trials, folder=None, **arguments):
        changed = {f"arguments.{key}": value for key, value in arguments.items()}
        recipe = load_strategy(strategy, {"search.trials": trials, **changed})
        context = SearchContext(folder=folder, seed=2)
        if folder is not None:
            context.journal = Journal(folder / "journal.jsonl")
        found = search_architectures(load_space("autoattend-text", ONE_LAYER), recipe, text_data, context)
        return found, context, len(fitted)

    search.fit = fit
    return search


def test_a_strategy_that_proposes_nothing_new_is_stopped_and_the_report_says_why(search):
    found, context, fitted = search("regularized-evolution", 40, dedup=False, population_size=4, sample_size=2)
    assert fitted == len(found) <= 13
    (note,) = context.notes
    assert "1,000 networks in a row that were trained before" in note


def test_a_walk_that_is_over_early_says_so(search):
    found, context, fitted = search("grid", 40)
    assert fitted == len(found) == 13
    assert context.notes == ["the strategy proposed nothing new after 13 of 40 trials"]


def test_a_search_that_uses_its_trials_has_nothing_to_say(search):
    found, context, _ = search("grid", 5)
    assert len(found) == 5 and context.notes == []


@pytest.mark.parametrize("strategy", ["grid", "tpe", "random", "regularized-evolution"])
def test_failed_trials_count_and_end_nothing(strategy, search):
    search.fit.diverging = (1, 4)
    found, context, fitted = search(strategy, 8)
    assert fitted == 8 and len(found) == 6
    assert len(context.journal.events) == 8


def test_failed_trials_are_replayed_as_failed(search, tmp_path):
    search.fit.diverging = (2,)
    first, _, fitted = search("grid", 4, tmp_path)
    again, context, refitted = search("grid", 4, tmp_path)
    assert again == first and (fitted, refitted) == (4, 4)
    assert len(context.journal.events) == 4


def test_replayed_trials_count_as_trials_and_are_no_answers_from_memory(search, tmp_path):
    """Also where a strategy proposes one network again: that is answered from memory in both runs."""
    again = {"dedup": False, "population_size": 3, "sample_size": 2}
    first, _, fitted = search("regularized-evolution", 5, tmp_path, **again)
    resumed, context, refitted = search("regularized-evolution", 5, tmp_path, **again)
    assert resumed == first and fitted == refitted == len(first) == 5
    further, _, fitted_then = search("regularized-evolution", 7, tmp_path, **again)
    assert fitted_then == 7 and context.notes == []
    assert {candidate.architecture for candidate in first} < {candidate.architecture for candidate in further}


def test_nothing_but_failures_is_an_error_that_says_what_to_try(search):
    search.fit.diverging = range(100)
    with pytest.raises(DivergedError, match=r"all 3 trials diverged; try a smaller strategy\.search\.lr"):
        search("random", 3)
