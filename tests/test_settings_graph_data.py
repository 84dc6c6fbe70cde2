from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.errors import RecipeError
from nni_autoattend.schema import read, to_plain
from nni_autoattend.settings_graph_data import GraphDataSettings

TABLES = {"nodes": Path("n.csv"), "edges": Path("e.csv")}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "name either a task, the tables of your own graph or a Data file"),
        ({"task": "cora", **TABLES}, "name either a task"),
        ({"task": "cora", "data": Path("g.pt")}, "name either a task"),
        ({"nodes": Path("n.csv")}, "nodes and edges belong together"),
        ({"edges": Path("e.csv")}, "nodes and edges belong together"),
        ({**TABLES, "source_column": "a", "target_column": "a"}, "source and target cannot both be the column 'a'"),
        ({**TABLES, "id_column": "a", "label_column": "a"}, "column 'a' is named for two purposes"),
        ({**TABLES, "feature_columns": ("a", "label")}, "column 'label' is named for two purposes"),
        ({**TABLES, "feature_columns": ("a", "a")}, "column 'a' is named for two purposes, or twice"),
        ({**TABLES, "feature_columns": ()}, "feature_columns names no column"),
        ({"task": "cora", "validation_share": 0.0}, "validation_share must lie between 0 and 1"),
        ({"task": "cora", "test_share": 1.0}, "test_share must lie between 0 and 1"),
        ({"task": "cora", "test_share": 0.9}, "leave nothing to train on"),
        ({"task": "cora", "train_per_class": 0}, "train_per_class must be at least 1"),
        ({"task": "cora", "validation_per_class": -1}, "validation_per_class must be at least 1"),
        ({"task": "cora", "metric": "micro-f1"}, "a node has one label: micro-f1 cannot judge that"),
        ({"task": "cora", "multi_label": True, "metric": "macro-f1"}, "a node has several labels: macro-f1 cannot"),
        ({"task": "ppi", "metric": "balanced-accuracy"}, "a node has several labels: balanced-accuracy cannot"),
        ({"task": "communities", "size": 99}, "size must be at least 100"),
        (
            {"task": "communities", "neighbours": ()},
            "neighbours must be numbers of at least 1, or -1 for all",
        ),
        ({"task": "communities", "neighbours": (5, 0)}, "neighbours must be numbers of at least 1"),
    ],
)
def test_impossible_data(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GraphDataSettings(**values)


def test_several_labels_are_judged_by_micro_f1() -> None:
    assert GraphDataSettings(task="cora").metric == "accuracy"
    assert GraphDataSettings(data=Path("g.pt"), multi_label=True).metric == "micro-f1"
    proteins = GraphDataSettings(task="ppi")
    assert (proteins.multi_label, proteins.metric) == (True, "micro-f1")
    assert replace(proteins, split_seed=3).metric == "micro-f1"


def test_a_recipe_gives_the_settings_and_takes_them_back() -> None:
    settings = GraphDataSettings(
        **TABLES, feature_columns=("age", "size"), normalise_features="rows", test_share=0.3, train_per_class=5
    )
    assert read(GraphDataSettings, to_plain(settings), "data") == settings
    with pytest.raises(RecipeError, match="normalise_features"):
        read(GraphDataSettings, {"task": "cora", "normalise_features": "cells"}, "data")


def test_data_have_a_name() -> None:
    assert GraphDataSettings(task="cora").name == "cora"
    assert GraphDataSettings(**TABLES).name == "n"
    assert GraphDataSettings(data=Path("x/graph.pt")).name == "graph"
