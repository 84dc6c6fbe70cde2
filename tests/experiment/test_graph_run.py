"""A whole run on a graph: found, trained, compared, saved, reported, and used to predict."""

import csv
import io
import json
from pathlib import Path

import pytest

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.cli import main
from nni_autoattend.errors import DataError
from nni_autoattend.experiment.again import retrain_again
from nni_autoattend.experiment.door import open_run, search
from nni_autoattend.experiment.reporting import report_data
from nni_autoattend.experiment.run import Run

FIRST = Architecture((AdditionLayer(0, "gcn", "zero"), AttentionLayer(0, "identity", "linear", "gat2")))
OVERRIDES = {
    "space.genes.layers": 2,
    "space.search.width": 16,
    "space.search.heads": 4,
    "retrain.epochs": 3,
    "retrain.seeds": 2,
    "retrain.top_k": 1,
    "retrain.baselines": ["gcn", "random-architecture"],
}


def write_tables(folder: Path) -> dict[str, str]:
    """Two rings of 30 nodes; their label is seen in a feature; one node of each is unlabelled."""
    nodes, edges = folder / "nodes.csv", folder / "edges.csv"
    rows = [f"n{i},{'' if i % 30 == 7 else 'left' if i < 30 else 'right'},{float(i < 30)},{i % 5}" for i in range(60)]
    nodes.write_text("id,label,side,noise\n" + "\n".join(rows) + "\n")
    links = [f"n{i},n{(i + 1) % 30 + 30 * (i >= 30)}" for i in range(60)]
    edges.write_text("source,target\n" + "\n".join(links) + "\n")
    return {"nodes": str(nodes), "edges": str(edges)}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run whose search is given; its tables lie beside its folder. No test changes it."""
    folder = tmp_path_factory.mktemp("graph")
    with pytest.MonkeyPatch.context() as patch:
        give_candidates(patch)
        return search(None, "random", write_tables(folder), run_dir=folder / "run", overrides=OVERRIDES, threads=1)


def give_candidates(patch: pytest.MonkeyPatch) -> None:
    from nni_autoattend.experiment import candidates
    from nni_autoattend.strategy.candidates import Candidate

    patch.setattr(candidates, "_search", lambda bench: [Candidate(FIRST, 0.5)])


def test_a_run_on_a_graph_ends_in_a_table_a_model_and_a_report(run: Run) -> None:
    assert [row.name for row in run.results] == ["found", "gcn", "random-architecture", "label-propagation"]
    assert run.best == FIRST
    assert run.results[0].seeds == 2
    text = (run.folder / "report.html").read_text()
    assert "gat2" in text and "label-propagation" in text
    assert "features · stem" in text and "embedding" not in text


def test_nodes_without_a_label_are_predicted(run: Run) -> None:
    found = open_run(run.folder).predict()
    assert [prediction.node for prediction in found] == ["n7", "n37"]
    for prediction in found:
        assert sum(prediction.probabilities.values()) == pytest.approx(1.0)
    named = run.predict(["n37", "n0"])
    assert [prediction.node for prediction in named] == ["n37", "n0"]
    assert named[0].probabilities == pytest.approx(found[1].probabilities)
    with pytest.raises(DataError, match="no node 'n99'"):
        run.predict(["n99"])


def test_another_graph_is_predicted_from_tables(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    beside = run.folder.parent
    tables = ["--nodes", str(beside / "nodes.csv"), "--edges", str(beside / "edges.csv")]
    capsys.readouterr()
    assert main.run(["predict", str(run.folder), *tables]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == ["node", "label", "p(left)", "p(right)"]
    assert len(rows) == 61
    own = {prediction.node: prediction.probabilities["left"] for prediction in run.predict()}
    told = {row[0]: float(row[2]) for row in rows[1:]}
    assert told["n7"] == pytest.approx(own["n7"], abs=1e-5)
    files = {"nodes": beside / "nodes.csv", "edges": str(beside / "edges.csv")}
    assert {one.node: one.probabilities["left"] for one in run.predict_graph(**files)} == pytest.approx(told, abs=1e-5)
    with pytest.raises(DataError, match="it reads tables, not a Data file"):
        run.predict_graph(data=beside / "graph.pt")
    for words in (tables[:2], [tables[1]]):  # half a graph; a table where texts are read
        assert main.run(["predict", str(run.folder), *words]) == 2
        assert "--edges FILE" in capsys.readouterr().err


def test_another_graph_is_predicted_from_a_data_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from torch_geometric.data import Data

    give_candidates(monkeypatch)
    ring = torch.stack([torch.arange(60), (torch.arange(60) + 1) % 60])
    sides = torch.arange(60) // 30
    torch.save(Data(x=torch.eye(2)[sides], edge_index=ring, y=sides), tmp_path / "graph.pt")
    torch.save(Data(x=torch.eye(2)[sides], edge_index=ring), tmp_path / "other.pt")
    torch.save(Data(x=torch.eye(3)[sides], edge_index=ring), tmp_path / "wider.pt")
    run = search(None, "random", {"data": tmp_path / "graph.pt"}, overrides=OVERRIDES, threads=1)
    found = run.predict_graph(data=tmp_path / "other.pt")
    known = run.predict([str(node) for node in range(60)])
    assert [one.probabilities for one in found] == [pytest.approx(one.probabilities) for one in known]
    assert main.run(["predict", str(run.folder), "--data", str(tmp_path / "other.pt"), "--output", "o.jsonl"]) == 0
    told = Path("o.jsonl").read_text().splitlines()
    assert [json.loads(line)["label"] for line in told] == [one.label for one in found]
    with pytest.raises(DataError, match="nodes have 3 features, the model was trained with 2"):
        run.predict_graph(data=str(tmp_path / "wider.pt"))
    with pytest.raises(DataError, match="it reads a Data file, not a table"):
        run.predict_graph(tmp_path / "nodes.csv", tmp_path / "edges.csv")


def test_nodes_may_have_several_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give_candidates(monkeypatch)
    data = write_tables(tmp_path)
    nodes = tmp_path / "nodes.csv"
    nodes.write_text(nodes.read_text().replace("left", "left;any").replace("right", "right;any"))
    run = search(None, "random", {**data, "multi_label": True}, overrides=OVERRIDES, threads=1)
    assert run.summary.metric == "micro-f1"
    assert run.summary.labels == ("any", "left", "right")
    assert all(0 <= row.test_mean <= 1 for row in run.results)
    assert [row.verdict for row in run.results[1:]] != [""] * 3
    rows = report_data(run.files).by_label
    assert [row.name for row in rows] == ["any", "left", "right"]
    assert rows[0].present == rows[1].present + rows[2].present > 0
    assert all(row.right <= min(row.present, row.found) for row in rows)
    (first, _) = run.predict()
    assert set(first.label.split(";")) <= {"any", "left", "right", ""}


def test_a_retraining_keeps_the_kind_of_data(run: Run) -> None:
    again = Run(retrain_again(run.files, {"epochs": 2, "seeds": 1, "baselines": []}, {}, resume=False, observer=None))
    assert [row.name for row in again.results] == ["found", "label-propagation"]
    assert json.loads((again.folder / "model.json").read_text())["kind"] == "graph"


def test_its_forecast_is_kept_and_compared(run: Run) -> None:
    kept = json.loads((run.folder / "forecast.json").read_text())
    assert "label-propagation" in {phase["name"] for phase in kept["forecast"]["phases"]}
    assert kept["took"]["seconds"] > 0
