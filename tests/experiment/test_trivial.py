from typing import Any

import numpy as np
import pytest

from nni_autoattend.baselines.table import tuning_ladder
from nni_autoattend.baselines.tfidf_logistic import TfidfLogistic
from nni_autoattend.budget import Deadline
from nni_autoattend.experiment.trivial import measure_trivial


def test_tuned_on_the_selection_half(bench: Any, toy_data: Any) -> None:
    """The selection half that it reads is the one that networks are selected on."""
    splits, data = toy_data[1], bench.data
    measured = measure_trivial(splits, 3, bench)
    train = [data.codec.tokenize(text) for text in splits.train.texts]
    classes = data.codec.encode_labels(splits.train.labels)
    words = data.codec.vocabulary.words
    selection = [[words[index] for index in windows[0].tolist()] for windows in data.selection.windows]
    scores = []
    for setting in tuning_ladder("tfidf-logistic", 1.0, 3):
        predicted = TfidfLogistic(setting["C"]).fit(train, classes).predict(selection)
        scores.append(float(np.mean(predicted == data.selection.labels.numpy())))
    assert max(len(windows) for windows in data.selection.windows) == 1
    assert measured.validation == (pytest.approx(max(scores)),)
    assert (measured.kind, len(measured.predictions)) == ("trivial", 1)
    assert measured.predictions[0].labels == tuple(data.test.labels.tolist())
    assert measured.parameters and measured.cpu_seconds > 0


def test_measured_once(bench: Any, toy_data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = measure_trivial(toy_data[1], 2, bench)
    monkeypatch.setattr(TfidfLogistic, "fit", None)
    assert measure_trivial(toy_data[1], 2, bench) == first
    assert bench.notes == []


def test_without_time_there_is_still_one_run(bench: Any, toy_data: Any) -> None:
    bench.deadline = Deadline.after(0.0)
    measure_trivial(toy_data[1], 3, bench)
    assert bench.notes == ["tfidf-logistic: 1 of 3 tuning runs, the budget was used up"]
