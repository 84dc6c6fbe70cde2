"""The strategies benchmark at toy size: equal time for all, finished searches kept, what its table says."""

import json
from dataclasses import replace

import pytest

from benchmarks import strategies
from benchmarks._protocol import open_bench
from benchmarks._strategies_kept import read_finished
from benchmarks._strategies_output import tables
from nni_autoattend.errors import DivergedError, UnknownNameError
from nni_autoattend.progress import SilentObserver
from nni_autoattend.recipes import load_strategy, names


@pytest.fixture
def options(tmp_path, monkeypatch):
    """Options of a toy run; there are but two strategies, so that it can be whole."""
    monkeypatch.setattr(strategies, "names", lambda kind: ["random", "autoattend-2core"])
    return strategies.Options(
        task="listops",
        strategies=["random", "autoattend-2core"],
        seeds=1,
        epochs=1,
        toy=True,
        results=tmp_path / "results",
        work=tmp_path / "work",
    )


def test_every_shipped_strategy_has_the_time_of_the_stand_alone_trainings():
    clock, *plans = strategies.protocol(strategies.Options(task="listops")).searches
    assert sorted(plan.strategy for plan in plans) == sorted(names("strategies"))
    assert plans[0].name == strategies.FIRST
    assert (clock.strategy, clock.overrides["search.trials"]) == ("random", 20)
    assert {plan.as_long_as for plan in plans} == {clock.name}
    for plan in plans:
        trained_alone = {key: plan.overrides.get(key) for key in strategies.TRIAL} == strategies.TRIAL
        assert trained_alone == (load_strategy(plan.strategy).kind == "multi-trial")


def test_an_unknown_strategy_is_answered_with_the_known_ones(options):
    with pytest.raises(UnknownNameError, match="did you mean 'random'"):
        strategies.run(replace(options, strategies=["randon"]), SilentObserver())
    assert not options.work.exists()


class Told(SilentObserver):
    def __init__(self):
        self.said = []

    def say(self, text):
        self.said.append(text)


@pytest.mark.timeout(180)
def test_a_run_measures_all_and_repeats_nothing(options, monkeypatch):
    path = strategies.run(options, SilentObserver())
    result = json.loads(path.read_text())
    assert result["complete"]
    assert [row["name"] for row in result["rows"]] == ["autoattend-2core", "random"]
    by_name = {one["name"]: one for one in result["searches"]}
    assert set(by_name) == {"trainings", "autoattend-2core", "random"}
    assert by_name["trainings"]["trials"] == strategies.TOY_TRAININGS
    assert by_name["autoattend-2core"]["steps"] >= 1
    assert by_name["random"]["steps"] is None
    assert all(row["seeds"] == 1 and 0 <= row["test_mean"] <= 1 for row in result["rows"])

    def fail(*_):
        raise AssertionError("searched again")

    monkeypatch.setattr("nni_autoattend.strategy.search.search_architectures", fail)
    monkeypatch.setattr("benchmarks._rows.retrain_all", fail)
    elsewhere = replace(options, work=options.work.with_name("another checkout"))
    again = json.loads(strategies.run(elsewhere, SilentObserver()).read_text())
    assert again["rows"] == result["rows"]
    assert again["searches"] == result["searches"]
    text = tables(options.results)
    assert "| autoattend-2core | 1 |" in text
    assert "2 stand-alone trainings" in text
    assert "not all" not in text


@pytest.mark.timeout(180)
def test_processes_at_seeds_of_their_own_fill_one_file(options):
    options = replace(options, strategies=["random"], seeds=2)
    alone = strategies.run(replace(options, seeds=1, strategies=["autoattend-2core"]), SilentObserver())
    assert [one["seed"] for one in json.loads(alone.read_text())["searches"]] == [0, 0]
    first = json.loads(strategies.run(replace(options, only_seed=1), SilentObserver()).read_text())
    assert {(one["name"], one["seed"]) for one in first["searches"]} == {
        ("trainings", 0),
        ("autoattend-2core", 0),
        ("trainings", 1),
        ("random", 1),
    }
    both = json.loads(strategies.run(replace(options, only_seed=0), SilentObserver()).read_text())
    assert [one["seed"] for one in both["searches"]] == [0, 1, 0, 0, 1]
    assert not both["complete"]
    assert [row["seeds"] for row in both["rows"]] == [1, 2]
    assert "| random | 2 |" in tables(options.results)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "name, key, kept",
    [("autoattend-2core", "arguments.paths", ["trainings", "random"]), (strategies.CLOCK, "search.trials", [])],
)
def test_what_was_searched_with_other_settings_or_time_is_not_taken(options, name, key, kept):
    path = strategies.run(options, SilentObserver())
    chosen = strategies.protocol(options)
    searches = [
        replace(plan, overrides={**plan.overrides, key: 3}) if plan.name == name else plan for plan in chosen.searches
    ]
    other = replace(chosen, searches=tuple(searches), work=options.work / "other")
    with open_bench(other, SilentObserver()) as (bench, _):
        taken = read_finished(path, other, bench)
    assert [one.name for one in taken] == kept


@pytest.mark.timeout(180)
def test_a_strategy_that_fails_is_told_and_left_out(options, monkeypatch):
    import nni_autoattend.strategy.search as module

    search = module.search_architectures

    def broken(space, strategy, data, context):
        if strategy.name == "autoattend-2core":
            raise DivergedError("no finite losses")
        return search(space, strategy, data, context)

    monkeypatch.setattr(module, "search_architectures", broken)
    told = Told()
    result = json.loads(strategies.run(options, told).read_text())
    assert not result["complete"]
    assert [row["name"] for row in result["rows"]] == ["random"]
    assert "autoattend-2core, seed 0: no finite losses" in told.said
