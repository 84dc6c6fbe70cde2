"""Predictions for nodes by name: of the run's own graph, or of tables of another one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.errors import DataError
from nni_autoattend.experiment.node_predictions import other_graph, predict_own_nodes
from nni_autoattend.settings import DataSettings
from nni_autoattend.settings_graph_data import GraphDataSettings

pytestmark = pytest.mark.timeout(60)


@dataclass
class Asked:
    """Stands in for a classifier: which nodes it was asked for."""

    nodes: Sequence[int] | None = None

    def predict(self, graph: Any, nodes: Any = None) -> list[Any]:
        self.nodes = None if nodes is None else nodes.tolist()
        return list(graph.names(graph.unlabelled if nodes is None else nodes))


@pytest.fixture
def own(tmp_path: Path) -> GraphDataSettings:
    """Thirty nodes in a ring, the last two of which have no label."""
    names = [f"n{number}" for number in range(30)]
    labels = ["even", "odd"] * 14 + ["", ""]
    splits = ["train"] * 14 + ["valid"] * 8 + ["test"] * 6 + ["", ""]
    rows = [f"{name},{label},{split},1" for name, label, split in zip(names, labels, splits, strict=True)]
    (tmp_path / "nodes.csv").write_text("id,label,split,feature\n" + "\n".join(rows) + "\n")
    edges = [f"{name},{names[number - 1]}" for number, name in enumerate(names)]
    (tmp_path / "edges.csv").write_text("source,target\n" + "\n".join(edges) + "\n")
    return GraphDataSettings(nodes=tmp_path / "nodes.csv", edges=tmp_path / "edges.csv")


def test_nodes_are_asked_for_by_their_names(own: GraphDataSettings) -> None:
    asked: Any = Asked()
    assert predict_own_nodes(asked, own, ["n7", "n2"]) == ["n7", "n2"]
    assert asked.nodes == [7, 2]


def test_without_names_those_without_a_label_are_predicted(own: GraphDataSettings) -> None:
    asked: Any = Asked()
    assert predict_own_nodes(asked, own) == ["n28", "n29"] and asked.nodes is None


@pytest.mark.parametrize(
    ("names", "message"), [(["n1", "x"], "has no node 'x'$"), (["x", "y"], r"has no node 'x' \(2 such names\)")]
)
def test_unknown_names_are_told(names: list[str], message: str, own: GraphDataSettings) -> None:
    asked: Any = Asked()
    with pytest.raises(DataError, match=message):
        predict_own_nodes(asked, own, names)


def test_where_all_labels_are_known_the_person_is_asked_for_nodes() -> None:
    asked: Any = Asked()
    with pytest.raises(DataError, match="every node of communities has a label; name nodes"):
        predict_own_nodes(asked, GraphDataSettings(task="communities", size=100))


def test_a_model_of_texts_knows_no_nodes() -> None:
    asked: Any = Asked()
    with pytest.raises(DataError, match="the model is for graphs"):
        predict_own_nodes(asked, DataSettings(task="listops"))


def test_another_graph_has_the_names_of_columns_of_the_run(own: GraphDataSettings) -> None:
    files = {"nodes": Path("n.csv"), "edges": Path("e.csv")}
    known = replace(own, id_column="who", source_column="from")
    assert other_graph(known, **files) == replace(known, **files)
    assert other_graph(GraphDataSettings(task="cora"), **files) == other_graph(None, **files)
    assert other_graph(known, data=Path("g.pt")).data == Path("g.pt")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["nodes"], "nodes and edges belong together"),
        (["nodes", "edges", "data"], "by two tables .* or by a Data file"),
        ([], "by two tables .* or by a Data file"),
    ],
)
def test_another_graph_has_one_source(names: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        other_graph(None, **{name: Path("x") for name in names})
