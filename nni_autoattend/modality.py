"""The kinds of data that spaces are for. One skeleton serves them all; this says which types fill it."""

from dataclasses import dataclass
from typing import Literal

from nni_autoattend.settings import DataSettings, NetworkShape, RetrainSettings
from nni_autoattend.settings_graph import GraphShape
from nni_autoattend.settings_graph_data import GraphDataSettings

ModalityName = Literal["text", "graph"]
AnyDataSettings = DataSettings | GraphDataSettings


@dataclass(frozen=True)
class Modality:
    """A kind of data.

    Attributes:
        shape: the ``search:`` block of its space recipes.
        data: the ``data:`` block of its runs.
        space: name of the space where a person names none.
        task: what needs no files: the data where a person names none.
        baselines: what a found network is compared with where a person says nothing.
        items: what the labelled things are called.
    """

    shape: type[NetworkShape]
    data: type[AnyDataSettings]
    space: str
    task: str
    baselines: tuple[str, ...]
    items: str


MODALITIES: dict[ModalityName, Modality] = {
    "text": Modality(
        NetworkShape,
        DataSettings,
        "autoattend-text-small",
        "listops",
        RetrainSettings.baselines,
        "texts",
    ),
    "graph": Modality(
        GraphShape,
        GraphDataSettings,
        "autoattend-graph",
        "communities",
        ("gcn", "gat", "graphsage", "appnp", "label-propagation"),
        "nodes",
    ),
}
