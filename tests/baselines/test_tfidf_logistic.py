import numpy as np
import pytest

from nni_autoattend.baselines.tfidf_logistic import TfidfLogistic, words_and_pairs

TEXTS = [["not", "good"], ["good", "not"], ["bad"], ["not", "good", "film"], ["a", "good", "not"], ["bad", "film"]]
CLASSES = [0, 1, 2, 0, 1, 2]


def test_words_and_pairs() -> None:
    assert words_and_pairs(["a", "b", "a"]) == ["a", "b", "a", "a b", "b a"]
    assert words_and_pairs(["a"]) == ["a"]
    assert words_and_pairs([]) == []


def test_tells_texts_apart_that_differ_in_pairs_only() -> None:
    model = TfidfLogistic(100.0).fit(TEXTS, CLASSES)
    assert model.predict(TEXTS).tolist() == CLASSES
    assert model.predict([["so", "not", "good"], ["good", "not", "so"]]).tolist() == [0, 1]
    assert model.predict(TEXTS).dtype == np.int64


def test_parameters_are_those_of_the_classifier() -> None:
    features = {feature for text in TEXTS for feature in words_and_pairs(text)}
    assert TfidfLogistic().fit(TEXTS, CLASSES).parameters == 3 * (len(features) + 1)
    assert TfidfLogistic().fit(TEXTS[:2], CLASSES[:2]).parameters == 4 + 1  # two classes: one row


def test_two_fits_are_equal_and_c_matters() -> None:
    first, second = (TfidfLogistic(1.0).fit(TEXTS, CLASSES) for _ in range(2))
    weak = TfidfLogistic(1e-4).fit([*TEXTS, ["bad"], ["bad"]], [*CLASSES, 2, 2])
    assert first.predict(TEXTS).tolist() == second.predict(TEXTS).tolist()
    assert set(weak.predict(TEXTS).tolist()) == {2}  # all penalty: the most frequent class


def test_unknown_words_and_empty_texts_get_a_class() -> None:
    assert set(TfidfLogistic().fit(TEXTS, CLASSES).predict([["never", "seen"], []]).tolist()) <= {0, 1, 2}


def test_an_impossible_c_is_refused() -> None:
    with pytest.raises(ValueError, match="C must be positive"):
        TfidfLogistic(0.0)
