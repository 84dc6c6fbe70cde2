from collections.abc import Sequence
from typing import Any

import pytest

from nni_autoattend.experiment import forecast_trivial
from nni_autoattend.experiment.forecast_trivial import fit_seconds


def test_few_texts_stand_for_all(toy_data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, splits, data = toy_data
    fitted: list[int] = []

    class Fake:
        def __init__(self, c: float) -> None:
            assert c == 3.0

        def fit(self, texts: Sequence[Sequence[str]], classes: Sequence[int]) -> None:
            assert len(texts) == len(classes) and len(set(classes)) > 1
            fitted.append(len(texts))

    ticks = iter([0.0, 2.0, 0.0, 2.0])
    monkeypatch.setattr("nni_autoattend.baselines.tfidf_logistic.TfidfLogistic", Fake)
    monkeypatch.setattr(forecast_trivial.time, "perf_counter", lambda: next(ticks))
    assert fit_seconds(splits, data, settings) == 2.0
    monkeypatch.setattr(forecast_trivial, "_TEXTS", 25)
    assert fit_seconds(splits, data, settings) == 8.0
    assert fitted == [100, 25]


def test_labels_spread_over_the_whole_graph(communities: Any) -> None:
    settings, splits, data = communities
    assert 0 < fit_seconds(splits, data, settings) < 60
