import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix, f1_score

from nni_autoattend.errors import UnknownNameError
from nni_autoattend.training.metrics import METRICS, confusion, score

REFERENCES = {
    "accuracy": accuracy_score,
    "macro-f1": lambda true, predicted: f1_score(true, predicted, average="macro"),
    "balanced-accuracy": balanced_accuracy_score,
}


@pytest.mark.parametrize("metric", sorted(METRICS))
@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_scikit_learn(metric: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    true, predicted = random.integers(0, 4, 40), random.integers(0, 4, 40)
    assert score(metric, true, predicted, 4) == pytest.approx(REFERENCES[metric](true, predicted), abs=1e-12)


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_agrees_with_scikit_learn_where_classes_are_absent(metric: str) -> None:
    true, predicted = [0, 0, 2, 2, 2], [0, 3, 2, 2, 0]  # 1 occurs nowhere, 3 only as a prediction
    assert score(metric, true, predicted, 5) == pytest.approx(REFERENCES[metric](true, predicted), abs=1e-12)


def test_tensors_arrays_and_lists_are_the_same_and_scores_are_plain_numbers() -> None:
    values = [score("accuracy", kind([0, 1, 1]), kind([0, 1, 0]), 2) for kind in (torch.tensor, np.array, list)]
    assert values == [2 / 3] * 3
    assert all(type(value) is float for value in values)


def test_confusion_has_the_truth_in_its_rows() -> None:
    true, predicted = [0, 0, 1, 2, 2, 2], [1, 0, 1, 0, 2, 1]
    assert confusion(true, predicted, 3) == confusion_matrix(true, predicted).tolist()
    assert confusion([0], [2], 4)[0] == [0, 0, 1, 0]


def test_an_unknown_metric_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'macro-f1'"):
        score("macro_f1", [0], [0], 2)


@pytest.mark.parametrize(("true", "predicted"), [([], []), ([0, 1], [0]), ([0, 2], [0, 1]), ([0, 1], [0, -1])])
def test_what_cannot_be_scored_is_refused(true: list[int], predicted: list[int]) -> None:
    with pytest.raises(ValueError, match=r"classes must|need as many"):
        score("accuracy", true, predicted, 2)
