"""Label propagation as the trivial row: tuned on the selection half, with known labels only."""

from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.baselines.graph_label_propagation import LabelPropagation
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.trivial_nodes import fit_nodes

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def nodes(communities: Any, tmp_path: Path) -> Bench:
    settings, splits, data = communities
    folder = RunFolder.create(tmp_path / "bench", settings, splits.fingerprint(), "a command")
    return Bench(folder, settings, data)


def test_an_attempt_is_the_baseline_judged_on_the_selection_half(nodes: Bench) -> None:
    attempt = fit_nodes(nodes)({"alpha": 0.9, "layers": 20.0})
    data: Any = nodes.data
    model = LabelPropagation(0.9, 20).fit(data.train, data.dimensions.classes)
    right = [bool(same) for same in (model.predict(data.selection) == data.selection.labels.numpy())]
    assert attempt.score == pytest.approx(sum(right) / len(right))
    assert (attempt.label, attempt.parameters) == ("alpha=0.9, layers=20", None)
    labels, predicted = attempt.test()
    assert labels == tuple(data.test.labels.tolist()) and predicted == tuple(model.predict(data.test).tolist())


def test_texts_have_no_labels_that_spread(bench: Bench) -> None:
    with pytest.raises(TypeError, match="needs a graph"):
        fit_nodes(bench)
