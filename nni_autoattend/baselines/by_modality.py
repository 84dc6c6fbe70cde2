"""The baselines of each kind of data. No torch here: names are resolved when a baseline is built."""

from typing import TYPE_CHECKING

from nni_autoattend.baselines import graph_table, table
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.modality import ModalityName
from nni_autoattend.settings import NetworkShape

if TYPE_CHECKING:
    from torch import nn

_NAMES: dict[ModalityName, list[str]] = {
    "text": table.baseline_names(),
    "graph": graph_table.graph_baseline_names(),
}
TRIVIAL: dict[ModalityName, str] = {"text": table.TRIVIAL, "graph": graph_table.GRAPH_TRIVIAL}
"""The one of each kind that is no network and stands in every table."""


def baseline_names(modality: ModalityName) -> list[str]:
    """Return all names, in the order of the table."""
    return list(_NAMES[modality])


def tuning_ladder(
    modality: ModalityName, name: str, count: int, *, lr: float, task: str | None
) -> list[dict[str, float]]:
    """Return the settings of the first ``count`` tuning runs: fields of ``TrainingSettings``, for a network.

    Args:
        modality: kind of data.
        name: a baseline.
        count: tuning runs.
        lr: learning rate of the found network; networks on graphs begin with their published one instead.
        task: name of the task, for which settings may be published.

    Raises:
        UnknownNameError: no such baseline.
        ValueError: the ladder is not that long.
    """
    if modality == "graph":
        return graph_table.graph_tuning_ladder(name, count, task)
    return table.tuning_ladder(name, lr, count)


def build_baseline(
    name: str, shape: NetworkShape, dimensions: TextDimensions | GraphDimensions, task: str | None
) -> "nn.Module":
    """Build the untrained network of a baseline.

    Args:
        name: a baseline network of the kind of data that ``dimensions`` are of.
        shape: of the found network; those on graphs keep their published one.
        dimensions: sizes that the data gives.
        task: name of the task, for which settings may be published.

    Raises:
        UnknownNameError: no such baseline, or the trivial one, which is no network.
    """
    if isinstance(dimensions, TextDimensions):
        return table.build_baseline(name, shape, dimensions)
    return graph_table.build_graph_baseline(name, dimensions, graph_table.published_settings(name, task).shape)
