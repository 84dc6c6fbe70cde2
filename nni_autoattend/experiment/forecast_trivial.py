"""What fitting the trivial baseline costs: it is fitted once, to at most some hundred texts."""

from __future__ import annotations

import time

from nni_autoattend.baselines.table import TRIVIAL, tuning_ladder
from nni_autoattend.datasets.codec import TextCodec
from nni_autoattend.datasets.examples import Splits

_TEXTS = 1000


def fit_seconds(splits: Splits, codec: TextCodec, lr: float) -> float:
    """Return the seconds of fitting the first rung of its ladder to the training split; they grow with the texts."""
    from nni_autoattend.baselines.tfidf_logistic import TfidfLogistic

    train = splits.train
    count = len(train.texts)
    chosen = train.take(range(0, count, max(1, -(-count // _TEXTS))))
    if len(set(chosen.labels)) < 2:
        chosen = train
    model = TfidfLogistic(tuning_ladder(TRIVIAL, lr, 1)[0]["C"])
    started = time.perf_counter()
    model.fit([codec.tokenize(text) for text in chosen.texts], codec.encode_labels(chosen.labels))
    return (time.perf_counter() - started) * count / len(chosen.texts)
