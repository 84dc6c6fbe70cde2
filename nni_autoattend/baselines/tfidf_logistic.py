"""Baseline: counts of words and pairs of words, and a linear classifier; what every network must beat."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

TokenLists = Sequence[Sequence[str]]


class TfidfLogistic:
    """TF-IDF of words and pairs of neighbours (1 + log count, rows of length one) with L2 logistic regression.

    Sources: Wang and Manning 2012, "Baselines and Bigrams" (pairs of words help); Zhang et al. 2015, "Character-level
    Convolutional Networks for Text Classification" (n-grams TF-IDF with logistic regression as traditional baseline).
    It has no random part: one run stands for any number of seeds.

    Args:
        c: inverse strength of the L2 penalty, what is tuned.

    Raises:
        ValueError: ``c`` is not positive.
    """

    def __init__(self, c: float = 1.0) -> None:
        if not c > 0:
            raise ValueError(f"C must be positive, found {c}")
        self.c = c
        vectorizer = TfidfVectorizer(analyzer=words_and_pairs, sublinear_tf=True)
        self._pipeline: Pipeline = make_pipeline(vectorizer, LogisticRegression(C=c, max_iter=1000))

    def fit(self, texts: TokenLists, classes: Sequence[int]) -> "TfidfLogistic":
        """Learn from tokenized texts and their classes (at least two different ones), and return itself."""
        self._pipeline.fit(texts, np.asarray(classes, dtype=np.int64))
        return self

    def predict(self, texts: TokenLists) -> NDArray[np.int64]:
        """Return the most likely class of each tokenized text, (texts,); no known word at all is allowed."""
        return np.asarray(self._pipeline.predict(texts), dtype=np.int64)

    @property
    def parameters(self) -> int:
        """Weights and biases of the classifier after ``fit``."""
        classifier = self._pipeline[-1]
        return int(classifier.coef_.size + classifier.intercept_.size)


def words_and_pairs(tokens: Sequence[str]) -> list[str]:
    """Return the tokens and all pairs of neighbours, joined by a space."""
    return [*tokens, *(f"{left} {right}" for left, right in pairwise(tokens))]
