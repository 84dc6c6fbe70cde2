"""A tally scores any choice of items as the metric does."""

import numpy as np
import pytest

from nni_autoattend.experiment.tally import tally_of
from nni_autoattend.training.metrics import score


@pytest.mark.parametrize("metric", ["accuracy", "macro-f1", "balanced-accuracy"])
def test_classes(metric):
    random = np.random.default_rng(0)
    labels, predictions = random.integers(0, 4, (2, 50))
    items = random.integers(0, 50, 70)
    found = tally_of(metric, tuple(labels), 4, tuple(predictions)).score(items)
    assert found == pytest.approx(score(metric, labels[items], predictions[items], 4))


@pytest.mark.parametrize("metric", ["micro-f1", "macro-f1", "accuracy"])
def test_labels(metric):
    random = np.random.default_rng(1)
    labels, predictions = (random.random((2, 40, 5)) < 0.4).astype(int)
    items = random.integers(0, 40, 60)
    plain = [tuple(map(tuple, table.tolist())) for table in (labels, predictions)]
    found = tally_of(metric, plain[0], 5, plain[1]).score(items)
    assert found == pytest.approx(score(metric, labels[items], predictions[items], 5))
