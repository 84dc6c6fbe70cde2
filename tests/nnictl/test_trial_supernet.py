import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from nni_autoattend.errors import ExperimentError
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.nnictl import trial_supernet
from nni_autoattend.nnictl.parameters import BELOW_ALL
from nni_autoattend.nnictl.settings_file import read_settings
from nni_autoattend.nnictl.trial_supernet import CURVE_PATHS, search_supernet
from nni_autoattend.progress import SilentObserver
from nni_autoattend.strategy.candidates import Candidate
from nni_autoattend.strategy.context import SearchContext

DATA: Any = object()


@pytest.fixture
def settings(tmp_path: Path, toy_settings: Callable[..., Any]) -> RunSettings:
    (tmp_path / "a.yml").write_text(yaml.safe_dump(toy_settings()), encoding="utf-8")
    return read_settings(tmp_path / "a.yml", "autoattend")


class Search:
    """Stands for the search: notes its surroundings, writes a row, and finds so many architectures."""

    def __init__(self, count: int, rows: tuple[str, ...] = ("evolution",)) -> None:
        self.count, self.rows = count, rows
        self.context: SearchContext | None = None

    def __call__(self, settings: RunSettings, data: object, context: SearchContext) -> list[Candidate]:
        assert data is DATA
        self.context = context
        for row in self.rows:
            context.history.add(row, step=1)
        rng = Random(0)
        return [Candidate(settings.space.genes.random(rng), 1 / (rank + 1)) for rank in range(self.count)]


def test_what_was_found_is_the_metric_and_ranks_below_all(
    settings: RunSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = Search(3)
    monkeypatch.setattr(trial_supernet, "search_candidates", search)
    value = search_supernet(settings, DATA, tmp_path / "supernet", SilentObserver())
    assert (value["default"], value["fitness"]) == (BELOW_ALL, 1.0)
    assert [value["found"][rank]["fitness"] for rank in ("1", "2", "3")] == [1.0, 1 / 2, 1 / 3]
    assert json.loads(json.dumps(value, allow_nan=False)) == value
    assert search.context is not None
    assert (search.context.folder, search.context.seed) == (tmp_path / "supernet", settings.seed)
    assert search.context.curve_paths == CURVE_PATHS
    assert search.context.deadline.at is None


@pytest.mark.parametrize(("top_k", "kept"), [(2, 3), (5, 5)])
def test_a_message_stays_small_but_holds_what_is_retrained(
    top_k: int, kept: int, settings: RunSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial_supernet, "KEPT", 3)
    monkeypatch.setattr(trial_supernet, "search_candidates", Search(9))
    many = replace(settings, retrain=replace(settings.retrain, top_k=top_k))
    assert len(search_supernet(many, DATA, tmp_path, SilentObserver())["found"]) == kept


def test_the_search_has_its_share_of_the_budget(
    settings: RunSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = Search(1)
    monkeypatch.setattr(trial_supernet, "search_candidates", search)
    search_supernet(replace(settings, budget=1000.0), DATA, tmp_path, SilentObserver())
    assert search.context is not None
    assert search.context.deadline.remaining() == pytest.approx(1000 * settings.strategy.search.share, abs=20)


def test_a_search_that_finds_nothing_has_failed(
    settings: RunSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial_supernet, "search_candidates", Search(0))
    with pytest.raises(ExperimentError, match="found no architecture; give it more epochs or time"):
        search_supernet(settings, DATA, tmp_path, SilentObserver())


def test_a_trial_that_is_started_again_keeps_what_no_checkpoint_brings_back(
    settings: RunSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for rows in (("supernet", "evolution"), ("supernet",)):
        monkeypatch.setattr(trial_supernet, "search_candidates", Search(1, rows))
        search_supernet(settings, DATA, tmp_path, SilentObserver())
    with (tmp_path / "history.csv").open(encoding="utf-8", newline="") as file:
        assert [row["phase"] for row in csv.DictReader(file)] == ["evolution", "supernet"]
