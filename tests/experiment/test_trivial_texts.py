"""Counted words as the trivial row: fitted on training texts, judged on the selection half."""

from typing import Any

import numpy as np
import pytest

from nni_autoattend.baselines.tfidf_logistic import TfidfLogistic
from nni_autoattend.datasets.splits import halve
from nni_autoattend.experiment.trivial_texts import fit_texts


def test_an_attempt_is_the_baseline_judged_on_the_selection_half(bench: Any, toy_data: Any) -> None:
    splits, codec = toy_data[1], bench.data.codec
    attempt = fit_texts(splits, bench)({"C": 3.0})
    train, valid, test = (
        [codec.tokenize(text) for text in part.texts] for part in (splits.train, splits.valid, splits.test)
    )
    model = TfidfLogistic(3.0).fit(train, codec.encode_labels(splits.train.labels))
    selection = halve(splits.valid.labels, bench.settings.data.split_seed)[1]
    right = model.predict([valid[number] for number in selection]) == bench.data.selection.labels.numpy()
    assert attempt.score == pytest.approx(float(np.mean(right)))
    assert (attempt.label, attempt.parameters) == ("C=3", model.parameters)
    labels, predicted = attempt.test()
    assert labels == tuple(bench.data.test.labels.tolist()) and predicted == tuple(model.predict(test).tolist())
