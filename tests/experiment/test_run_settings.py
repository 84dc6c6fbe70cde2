from pathlib import Path

import pytest

from nni_autoattend.errors import RecipeError, UnknownNameError
from nni_autoattend.experiment.run_settings import RunSettings, resolve_settings
from nni_autoattend.settings import DataSettings, RetrainSettings

LISTOPS = {"task": "listops"}


def recipe(folder: Path, run: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(
        "description: x\nclass: a.b:C\nkind: one-shot\narguments: {}\n"
        f"search: {{epochs: 1, batch_size: 2, lr: 1.0e-3}}\nrun: {run}\n"
    )
    return path


def test_precedence(tmp_path: Path) -> None:
    strategy = recipe(tmp_path, "{budget: 10m, data: {min_count: 2, max_length: 20}, retrain: {epochs: 7, seeds: 5}}")
    settings = resolve_settings(
        "autoattend-text-small",
        strategy,
        {**LISTOPS, "max_length": 30},
        {"seeds": 4, "top_k": 2},
        overrides={"retrain.top_k": 1, "space.genes.layers": 3, "strategy.search.epochs": 9},
    )
    assert (settings.data.min_count, settings.data.max_length) == (2, 30)
    assert (settings.retrain.epochs, settings.retrain.seeds, settings.retrain.top_k) == (7, 4, 1)
    assert settings.retrain.batch_size == RetrainSettings().batch_size
    assert (settings.space.genes.layers, settings.strategy.search.epochs) == (3, 9)
    assert settings.budget == 600.0


def test_a_said_budget_wins_and_none_drops_it(tmp_path: Path) -> None:
    strategy = recipe(tmp_path, "{budget: 10m}")
    assert resolve_settings("autoattend-text", strategy, LISTOPS, budget="90s").budget == 90.0
    assert resolve_settings("autoattend-text", strategy, LISTOPS, budget=5).budget == 5.0
    assert resolve_settings("autoattend-text", strategy, LISTOPS, budget="none").budget is None


def test_complete_settings_take_nothing_from_the_recipe(tmp_path: Path) -> None:
    strategy = recipe(tmp_path, "{data: {min_count: 2}, retrain: {epochs: 7}}")
    settings = resolve_settings("autoattend-text", strategy, DataSettings(task="trec"), RetrainSettings(seeds=1))
    assert (settings.data, settings.retrain) == (DataSettings(task="trec"), RetrainSettings(seeds=1))


def test_own_files_replace_a_suggested_task_and_paths_become_absolute(tmp_path: Path) -> None:
    strategy = recipe(tmp_path, "{data: {task: trec, min_count: 2}}")
    settings = resolve_settings("autoattend-text", strategy, {"train": "my texts.csv"})
    assert (settings.data.task, settings.data.min_count) == (None, 2)
    assert settings.data.train == Path.cwd() / "my texts.csv"
    assert settings.name == "autoattend-text-mine-my-texts"


def test_plain_values_come_back(tmp_path: Path) -> None:
    settings = resolve_settings("autoattend-text", "autoattend", {"train": "a.csv"}, {"width": 128}, 60.0, 3, 2)
    assert RunSettings.from_plain(settings.to_plain(), "x") == settings


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"overrides": {"retrian.seeds": 1}}, "did you mean 'retrain'"),
        ({"overrides": {"retrain": 1}}, "starts with space., strategy., data. or retrain."),
        ({"overrides": {"retrain.sedes": 1}}, "did you mean 'seeds'"),
        ({"overrides": {"data.max_lenght": 1}}, "did you mean 'max_length'"),
        ({"retrain": {"seeds": 0}}, "seeds must be at least 1"),
        ({"retrain": {"width": 100}}, r"heads \(8\) must divide width \(100\)"),
        ({"data": {"task": "trec", "train": "a.csv"}}, "either a task or a training file"),
        ({"budget": "soon"}, "not a duration"),
        ({"budget": -1.0}, "leaves no time"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"threads": 0}, "threads at least 1"),
        ({"data": ["listops"]}, "expected keys and values"),
    ],
)
def test_bad_settings(changes: dict, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        resolve_settings(**{"space": "autoattend-text", "strategy": "autoattend", "data": LISTOPS, **changes})


def test_unknown_names() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown operation 'lstm'; known: conv1"):
        resolve_settings("autoattend-text", "autoattend", LISTOPS, overrides={"space.genes.operations": ["lstm"]})
    with pytest.raises(UnknownNameError, match="did you mean 'transformer'"):
        resolve_settings("autoattend-text", "autoattend", LISTOPS, {"baselines": ["transfomer"]})
    with pytest.raises(UnknownNameError, match="unknown space"):
        resolve_settings("nope", "autoattend", LISTOPS)


def test_what_suits_the_trials_of_a_space_is_not_what_suits_its_supernet() -> None:
    task = {"task": "communities"}
    supernet, trials = (resolve_settings(None, strategy, task) for strategy in ("autoattend", "random"))
    assert (supernet.space.search.dropout, trials.space.search.dropout) == (0.0, 0.7)
    assert supernet.strategy.search.consistency is None and supernet.strategy.search.finalists == 5
    assert trials.strategy.search.consistency == trials.retrain.consistency is not None
    assert trials.strategy.search.finalists == 0
    said = {"space.search.dropout": 0.2, "strategy.search.lr": 0.5}
    changed = resolve_settings(None, "random", task, overrides=said)
    assert (changed.space.search.dropout, changed.space.search.input_dropout) == (0.2, 0.7)
    assert changed.strategy.search.lr == 0.5


def test_a_supernet_is_not_trained_with_consistency() -> None:
    with pytest.raises(RecipeError, match="a supernet is not trained with consistency"):
        resolve_settings(None, "enas", LISTOPS, overrides={"strategy.search.consistency": {"weight": 1.0}})


def test_what_is_said_of_a_spaces_suggestions_reaches_the_strategy() -> None:
    said = {"space.run.search.epochs": 7, "space.run.trial.lr": 0.5, "space.run.trial.shape": {"dropout": 0.3}}
    supernet, trials = (
        resolve_settings(None, strategy, {"task": "communities"}, overrides=said) for strategy in ("enas", "random")
    )
    assert (supernet.strategy.search.epochs, trials.strategy.search.lr, trials.space.search.dropout) == (7, 0.5, 0.3)
