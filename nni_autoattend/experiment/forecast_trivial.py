"""What fitting the trivial baseline costs: it is fitted once; to texts, at most some hundred of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from nni_autoattend.baselines.by_modality import TRIVIAL, tuning_ladder
from nni_autoattend.experiment.run_settings import RunSettings

if TYPE_CHECKING:
    from nni_autoattend.datasets.by_modality import PreparedData
    from nni_autoattend.datasets.codec import TextCodec
    from nni_autoattend.datasets.examples import Splits
    from nni_autoattend.datasets.graph_prepare import GraphData

_TEXTS = 1000


def fit_seconds(splits: Any, data: PreparedData, settings: RunSettings) -> float:
    """Return the seconds of fitting the first rung of its ladder to the training part."""
    from nni_autoattend.datasets.graph_prepare import GraphData

    modality, lr = settings.space.modality, settings.retrain.lr
    rung = tuning_ladder(modality, TRIVIAL[modality], 1, lr=lr, task=settings.data.task)[0]
    return _nodes(data, rung) if isinstance(data, GraphData) else _texts(splits, data.codec, rung)


def _texts(splits: Splits, codec: TextCodec, rung: dict[str, float]) -> float:
    """Fit some texts; seconds grow with them."""
    from nni_autoattend.baselines.tfidf_logistic import TfidfLogistic

    train = splits.train
    count = len(train.texts)
    chosen = train.take(range(0, count, max(1, -(-count // _TEXTS))))
    if len(set(chosen.labels)) < 2:
        chosen = train
    model = TfidfLogistic(rung["C"])
    started = time.perf_counter()
    model.fit([codec.tokenize(text) for text in chosen.texts], codec.encode_labels(chosen.labels))
    return (time.perf_counter() - started) * count / len(chosen.texts)


def _nodes(data: GraphData, rung: dict[str, float]) -> float:
    from nni_autoattend.baselines.graph_label_propagation import LabelPropagation

    started = time.perf_counter()
    model = LabelPropagation(rung["alpha"], int(rung["layers"])).fit(data.train, data.dimensions.classes)
    model.predict(data.selection)
    return time.perf_counter() - started
