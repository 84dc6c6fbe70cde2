"""The space and the data that stand where a person names none."""

import pytest

from nni_autoattend.errors import RecipeError, UnknownNameError
from nni_autoattend.experiment.kind_of_data import default_space, default_task
from nni_autoattend.experiment.run_settings import resolve_settings
from nni_autoattend.settings_graph_data import GraphDataSettings


@pytest.mark.parametrize(
    ("data", "overrides", "space"),
    [
        (None, {}, "autoattend-text-small"),
        ({"task": "trec"}, {}, "autoattend-text-small"),
        ({"train": "mine.csv"}, {}, "autoattend-text-small"),
        ({"task": "cora"}, {}, "autoattend-graph"),
        ({}, {"task": "cora"}, "autoattend-graph"),
        ({"nodes": "a.csv", "edges": "b.csv"}, {}, "autoattend-graph"),
        ({"data": "mine.pt"}, {}, "autoattend-graph"),
        (GraphDataSettings(task="cora"), {}, "autoattend-graph"),
    ],
)
def test_the_data_choose_the_space(data, overrides, space):
    assert default_space(data, overrides) == space


def test_the_space_chooses_the_data():
    assert default_task(None) == "listops"
    assert default_task("autoattend-text") == "listops"
    assert default_task("autoattend-graph") == "communities"
    assert resolve_settings("autoattend-graph", "random", None).data.task == "communities"
    assert resolve_settings(None, "random", None).data.task == "listops"


@pytest.mark.parametrize(
    ("space", "task", "line"),
    [("autoattend-text", "cora", "--space autoattend-graph"), ("autoattend-graph", "trec", "--space autoattend-text")],
)
def test_a_task_of_another_kind_is_told_with_what_to_do(space, task, line):
    with pytest.raises(RecipeError, match=line):
        resolve_settings(space, "random", {"task": task})


@pytest.mark.parametrize(
    ("space", "data", "line"),
    [
        (None, {"nodes": "a.csv", "edges": "b.csv", "train": "c.csv"}, "^train is for data of the kind text, and"),
        (
            "autoattend-text",
            {"nodes": "a.csv", "edges": "b.csv"},
            "^edges is for .* take for example --space autoatt.*-g",
        ),
        ("autoattend-graph", {"train": "c.csv"}, "^train is for .* take for example --space autoattend-text"),
    ],
)
def test_files_of_another_kind_are_told_with_what_to_do(space, data, line):
    with pytest.raises(RecipeError, match=line):
        resolve_settings(space, "random", data)


def test_an_unknown_task_is_told_with_the_tasks_of_all_kinds():
    with pytest.raises(UnknownNameError, match=r"unknown task 'corra' \(did you mean 'cora'\?\); .*photo, .*trec"):
        resolve_settings(None, "random", {"task": "corra"})


def test_a_graph_space_brings_its_own_rates_and_baselines():
    settings = resolve_settings(None, "random", {"task": "cora"})
    assert settings.retrain.baselines == ("gcn", "gat", "graphsage", "appnp", "label-propagation")
    assert (settings.strategy.search.lr, settings.retrain.weight_decay, settings.retrain.best) == (0.01, 0.005, "both")
    assert settings.retrain.shape["dropout"] == settings.space.search.dropout > 0
    said = resolve_settings(None, "random", {"task": "cora"}, {"epochs": 3}, overrides={"strategy.search.lr": 0.5})
    assert (said.retrain.epochs, said.strategy.search.lr) == (3, 0.5)


def test_widths_that_heads_of_operations_do_not_divide_are_refused():
    for overrides in ({"space.search.width": 24}, {"retrain.width": 40}):
        with pytest.raises(RecipeError, match="'gat16' has 16 heads"):
            resolve_settings(None, "random", {"task": "cora"}, overrides=overrides)
