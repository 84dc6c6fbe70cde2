"""The metrics of several labels an item, against scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, multilabel_confusion_matrix

from nni_autoattend.errors import UnknownNameError
from nni_autoattend.training.metrics import label_counts, score
from nni_autoattend.training.multi_label_metrics import count_labels


@given(seed=st.integers(0, 10_000), items=st.integers(1, 30), labels=st.integers(2, 6), share=st.floats(0.05, 0.9))
@settings(max_examples=40, deadline=None)
def test_scores_are_those_of_scikit_learn(seed, items, labels, share):
    random = np.random.default_rng(seed)
    true, predicted = (random.random((2, items, labels)) < share).astype(int)
    seen = (true + predicted).any(axis=0)
    micro = f1_score(true, predicted, average="micro", zero_division=0)
    assert score("micro-f1", true, predicted, labels) == pytest.approx(micro)
    each = f1_score(true, predicted, average=None, zero_division=0)
    macro = each[seen].mean() if seen.any() else 0.0
    assert score("macro-f1", true, predicted, labels) == pytest.approx(macro)
    assert score("accuracy", true, predicted, labels) == pytest.approx((true == predicted).mean())


@given(seed=st.integers(0, 10_000), items=st.integers(1, 30), labels=st.integers(2, 6))
def test_counts_of_each_label_are_those_of_scikit_learn(seed, items, labels):
    true, predicted = np.random.default_rng(seed).integers(0, 2, (2, items, labels))
    tables = multilabel_confusion_matrix(true, predicted, labels=range(labels))
    expected = [(int(of[1].sum()), int(of[:, 1].sum()), int(of[1, 1])) for of in tables]
    assert label_counts(true.tolist(), predicted.tolist()) == expected


def test_counts_add_up_over_items():
    random = np.random.default_rng(0)
    true, predicted = random.random((2, 9, 4)) < 0.5
    whole, parts = count_labels(true, predicted), [count_labels(true[a:b], predicted[a:b]) for a, b in ((0, 4), (4, 9))]
    assert (whole.hits == parts[0].hits + parts[1].hits).all()
    assert (whole.marks == parts[0].marks + parts[1].marks).all()
    assert whole.items == parts[0].items + parts[1].items


def test_what_judges_classes_alone_is_refused():
    with pytest.raises(UnknownNameError, match="balanced-accuracy"):
        score("balanced-accuracy", [[1, 0]], [[1, 0]], 2)
    with pytest.raises(ValueError, match="as many predictions"):
        score("micro-f1", [[1, 0]], [[1, 0], [0, 1]], 2)
