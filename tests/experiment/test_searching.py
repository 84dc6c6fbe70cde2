"""A search on a supernet ends with what was trained alone."""

from dataclasses import replace
from typing import Any

import pytest

from nni_autoattend.budget import Deadline
from nni_autoattend.experiment import simplification
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.finalists import STAGE
from nni_autoattend.experiment.searching import search_candidates
from nni_autoattend.strategy.context import SearchContext


def test_a_search_ends_with_its_finalists(bench: Bench, toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    search = replace(bench.settings.strategy.search, finalists=2)
    bench.settings = replace(bench.settings, strategy=replace(bench.settings.strategy, search=search))
    found = search_candidates(bench.settings, bench.data, SearchContext(journal=bench.journal))
    assert {candidate.architecture for candidate in found} == {toy.first, toy.second}
    assert [candidate.fitness for candidate in found] == sorted(
        (event["fitness"] for event in bench.journal.of_stage(STAGE)), reverse=True
    )


def test_then_smaller_networks_are_tried(bench: Bench, toy: Any) -> None:
    search = replace(bench.settings.strategy.search, finalists=1, simplifications=1, tolerance=0.99)
    bench.settings = replace(bench.settings, strategy=replace(bench.settings.strategy, search=search))
    found = search_candidates(bench.settings, bench.data, SearchContext(journal=bench.journal))
    smaller = bench.journal.of_stage(simplification.STAGE)
    assert [candidate.fitness for candidate in found[:1]] == [event["fitness"] for event in smaller]
    assert found[0].architecture not in (toy.first, toy.second)


@pytest.mark.parametrize(("finalists", "seconds"), [(0, 100.0), (1, 60.0)])
def test_a_strategy_leaves_time_for_finalists(bench: Bench, toy: Any, finalists: int, seconds: float) -> None:
    search = replace(bench.settings.strategy.search, finalists=finalists)
    bench.settings = replace(bench.settings, strategy=replace(bench.settings.strategy, search=search))
    context = SearchContext(journal=bench.journal, deadline=Deadline.after(100.0, lambda: 0.0))
    search_candidates(bench.settings, bench.data, context)
    assert toy.deadline.remaining() == pytest.approx(seconds)
    assert len(bench.journal.of_stage(STAGE)) == finalists
