"""The trivial baseline of texts: words and pairs of words, counted, and a linear classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from nni_autoattend.datasets.examples import Examples, Splits
from nni_autoattend.datasets.splits import halve
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.predictions import plain
from nni_autoattend.experiment.trivial import Attempt, Fit


def fit_texts(splits: Splits, bench: Bench) -> Fit:
    """Return how one setting (``C``) is tried."""
    return _Texts(splits, bench).fit


@dataclass(frozen=True)
class _Part:
    """A split as token lists and classes."""

    tokens: list[list[str]]
    classes: tuple[int, ...]


class _Texts:
    def __init__(self, splits: Splits, bench: Bench) -> None:
        self.splits, self.bench, self.codec = splits, bench, bench.data.codec

    @cached_property
    def train(self) -> _Part:
        return self._part(self.splits.train)

    @cached_property
    def selection(self) -> _Part:
        """The half of validation that ``prepare`` calls selection."""
        valid = self.splits.valid
        _, selection = halve(valid.labels, self.bench.settings.data.split_seed)
        return self._part(valid.take(int(index) for index in selection))

    @cached_property
    def test(self) -> _Part:
        return self._part(self.splits.test)

    def fit(self, setting: Mapping[str, float]) -> Attempt:
        from nni_autoattend.baselines.tfidf_logistic import TfidfLogistic
        from nni_autoattend.training.metrics import score

        model = TfidfLogistic(setting["C"]).fit(self.train.tokens, list(self.train.classes))
        selection, data = self.selection, self.bench.data
        reached = score(data.metric, selection.classes, model.predict(selection.tokens), len(data.labels))
        label, parameters = f"C={model.c:g}", model.parameters
        return Attempt(label, parameters, reached, lambda: (self.test.classes, plain(model.predict(self.test.tokens))))

    def _part(self, examples: Examples) -> _Part:
        tokens = [self.codec.tokenize(text) for text in examples.texts]
        return _Part(tokens, tuple(self.codec.encode_labels(examples.labels)))
