"""The trivial baseline of graphs: labels that spread along the edges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.predictions import Decisions, plain
from nni_autoattend.experiment.trivial import Attempt, Fit

if TYPE_CHECKING:
    from nni_autoattend.datasets.graph_prepare import GraphData


def fit_nodes(bench: Bench) -> Fit:
    """Return how one setting (``alpha``, ``layers``) is tried."""
    from nni_autoattend.datasets.graph_prepare import GraphData

    if not isinstance(bench.data, GraphData):
        raise TypeError(f"label propagation needs a graph, found {type(bench.data).__name__}")
    data = bench.data

    def fit(setting: Mapping[str, float]) -> Attempt:
        return _attempt(setting, data)

    return fit


def _attempt(setting: Mapping[str, float], data: GraphData) -> Attempt:
    from nni_autoattend.baselines.graph_label_propagation import LabelPropagation
    from nni_autoattend.training.metrics import score

    alpha, layers = setting["alpha"], int(setting["layers"])
    model = LabelPropagation(alpha, layers).fit(data.train, data.dimensions.classes)
    reached = score(data.metric, data.selection.labels, model.predict(data.selection), data.dimensions.classes)

    def test() -> tuple[Decisions, Decisions]:
        return plain(data.test.labels), plain(model.predict(data.test))

    return Attempt(f"alpha={alpha:g}, layers={layers}", None, reached, test)
