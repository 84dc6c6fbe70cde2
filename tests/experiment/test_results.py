import json
from pathlib import Path

import numpy as np
import pytest

from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment.predictions import Predictions
from nni_autoattend.experiment.results import Measured, Results, read_results, result_rows, save_results
from nni_autoattend.experiment.run_folder import RunFolder

LABELS = (0, 1, 0, 1, 0, 1, 0, 1)


def measured(name: str, *predictions: tuple[int, ...]) -> Measured:
    seeds = tuple(Predictions(name, seed, f"{name}/x", LABELS, values) for seed, values in enumerate(predictions))
    kind = "found" if name == "found" else "baseline"
    return Measured(name, kind, 7, tuple(0.5 + 0.1 * seed for seed in range(len(seeds))), 3.0, seeds)


RIGHT, WRONG = LABELS, tuple(1 - label for label in LABELS)
HALF = (0, 1, 0, 1, 1, 0, 1, 0)


def test_rows() -> None:
    found, bad, same = result_rows(
        [measured("found", RIGHT, HALF), measured("bad", WRONG), measured("same", RIGHT, HALF)], "accuracy", 2
    )
    assert (found.test_mean, found.seeds, found.verdict, found.difference) == (0.75, 2, "", None)
    assert found.test_std == pytest.approx(np.std([1.0, 0.5], ddof=1))
    assert found.validation == pytest.approx(0.55)
    assert (bad.test_mean, bad.test_std, bad.difference, bad.verdict) == (0.0, 0.0, 0.75, "beats")
    assert (same.difference, same.verdict) == (0.0, "equal")
    assert bad.low is not None and bad.high is not None and bad.low <= 0.75 <= bad.high


def test_the_found_network_can_lose() -> None:
    assert result_rows([measured("found", WRONG), measured("b", RIGHT)], "macro-f1", 2)[1].verdict == "loses"


def test_results_come_back(tmp_path: Path) -> None:
    rows = result_rows([measured("found", RIGHT), measured("b", HALF)], "accuracy", 2)
    results = Results("accuracy", ("no", "yes"), {"name": "found", "seed": 0}, rows, ("a note",))
    folder = RunFolder(tmp_path)
    save_results(folder, results)
    assert read_results(folder) == results


def test_no_results(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"results\.json is missing"):
        read_results(RunFolder(tmp_path))
    (tmp_path / "results.json").write_text("{")
    with pytest.raises(RunFolderError, match="damaged"):
        read_results(RunFolder(tmp_path))
    (tmp_path / "results.json").write_text(json.dumps({"rows": [{"name": "x"}]}))
    with pytest.raises(RunFolderError, match="damaged"):
        read_results(RunFolder(tmp_path))
    (tmp_path / "results.json").write_text(json.dumps({"rows": [], "metric": 3, "labels": [], "model": {}}))
    with pytest.raises(RunFolderError, match="damaged"):
        read_results(RunFolder(tmp_path))
