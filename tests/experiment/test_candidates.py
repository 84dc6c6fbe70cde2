import json
from typing import Any

import pytest

from nni_autoattend.architecture import Architecture
from nni_autoattend.budget import Deadline
from nni_autoattend.errors import AutoAttendError
from nni_autoattend.experiment.candidates import find_candidates, read_candidates, save_best


def test_the_search_is_done_once(bench: Any, toy: Any) -> None:
    bench.deadline = Deadline.after(100.0, lambda: 0.0)
    found = find_candidates(bench)
    assert [candidate.architecture for candidate in found] == [toy.first, toy.second]
    assert toy.deadline.remaining() == pytest.approx(100.0 * bench.settings.strategy.search.share)
    assert find_candidates(bench) == found == read_candidates(bench.folder)
    assert toy.calls == 1
    record = bench.journal.find("search", "end")
    assert (record["cut"], record["resumed"]) == (False, False)


def test_files(bench: Any, toy: Any) -> None:
    find_candidates(bench)
    lines = [json.loads(line) for line in bench.folder.architectures.read_text().splitlines()]
    assert [(line["rank"], line["fitness"]) for line in lines] == [(1, 0.5), (2, 0.4)]
    genes = bench.settings.space.genes
    assert genes.from_published(lines[1]["published"]) == toy.second
    best = json.loads(bench.folder.best.read_text())
    assert Architecture.from_json(best["architecture"]) == toy.first
    save_best(bench.folder, genes, toy.candidates()[1], "me")
    best = json.loads(bench.folder.best.read_text())
    assert (Architecture.from_json(best["architecture"]), best["chosen_by"]) == (toy.second, "me")


def test_a_search_without_a_result(bench: Any, toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toy, "candidates", list)
    with pytest.raises(AutoAttendError, match="found no architecture"):
        find_candidates(bench)
    assert not bench.folder.architectures.exists()
