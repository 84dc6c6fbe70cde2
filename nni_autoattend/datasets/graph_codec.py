"""What turns a graph's features into numbers; saved with a model, so that it reads new graphs as it read its first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from nni_autoattend.datasets.graph_features import Features, column_scales, scale_columns, scale_rows, take_rows
from nni_autoattend.datasets.graph_splits import GraphSplits
from nni_autoattend.errors import DataError
from nni_autoattend.settings_graph_data import Normalisation


@dataclass(frozen=True)
class GraphCodec:
    """Labels, and how features are scaled.

    Attributes:
        labels: readable labels; a label's index is its class.
        features: numbers that describe a node.
        normalise: ``rows``, ``columns`` or ``none``.
        multi_label: a node may have several labels.
        directed: no way back is added to edges.
        feature_names: columns that the features come from; empty where they have no names.
        means, scales: with ``columns``: of each feature, over training nodes; empty otherwise.
    """

    labels: tuple[str, ...]
    features: int
    normalise: Normalisation
    multi_label: bool = False
    directed: bool = False
    feature_names: tuple[str, ...] = ()
    means: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.normalise not in get_args(Normalisation):
            raise ValueError(f"normalise must be one of {get_args(Normalisation)}, found {self.normalise!r}")
        wanted = self.features if self.normalise == "columns" else 0
        if len(self.means) != wanted or len(self.scales) != wanted or 0 in self.scales:
            raise ValueError(f"{wanted} means and scales other than 0 are needed")
        if self.feature_names and len(self.feature_names) != self.features:
            raise ValueError(f"{self.features} features but {len(self.feature_names)} names")

    @classmethod
    def of(cls, splits: GraphSplits, normalise: Normalisation | None, *, directed: bool) -> "GraphCodec":
        """Return the codec of a data set; what it knows of the features it knows from training nodes.

        Args:
            splits: the data.
            normalise: ``None``: ``rows`` for words, ``columns`` for features with names, else ``none``.
            directed: see ``Attributes``.
        """
        usual: Normalisation = "rows" if splits.bag_of_words else "columns" if splits.feature_names else "none"
        chosen, train = normalise or usual, splits.train
        means, scales = np.zeros(0, np.float32), np.zeros(0, np.float32)
        if chosen == "columns":
            means, scales = column_scales(take_rows(train.graph.features, train.nodes))
        return cls(
            labels=splits.labels,
            features=train.graph.features.shape[1],
            normalise=chosen,
            multi_label=splits.multi_label,
            directed=directed,
            feature_names=splits.feature_names,
            means=tuple(means.tolist()),
            scales=tuple(scales.tolist()),
        )

    def encode(self, features: Features) -> Features:
        """Return (N, F) features as a network wants them.

        Raises:
            DataError: another number of features.
        """
        if features.shape[1] != self.features:
            raise DataError(f"nodes have {features.shape[1]} features, the model was trained with {self.features}")
        if self.normalise == "columns":
            return scale_columns(features, np.array(self.means, np.float32), np.array(self.scales, np.float32))
        return scale_rows(features) if self.normalise == "rows" else features

    def to_json(self) -> dict[str, Any]:
        """Return a value that JSON can hold."""
        return {
            "labels": list(self.labels),
            "features": self.features,
            "normalise": self.normalise,
            "multi_label": self.multi_label,
            "directed": self.directed,
            "feature_names": list(self.feature_names),
            "means": list(self.means),
            "scales": list(self.scales),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "GraphCodec":
        """Return the codec that ``to_json`` described.

        Raises:
            DataError: ``value`` describes no codec.
        """
        try:
            return cls(
                labels=tuple(value["labels"]),
                features=int(value["features"]),
                normalise=value["normalise"],
                multi_label=bool(value["multi_label"]),
                directed=bool(value["directed"]),
                feature_names=tuple(value["feature_names"]),
                means=tuple(map(float, value["means"])),
                scales=tuple(map(float, value["scales"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"this is not the description of a graph codec: {error!r}") from error
