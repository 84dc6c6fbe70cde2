"""The baselines on graphs by name, and their published settings. No torch: names are resolved when one is built."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.errors import UnknownNameError
from nni_autoattend.names import resolve

if TYPE_CHECKING:
    from torch import nn

GRAPH_BASELINES: dict[str, str] = {
    "gcn": "nni_autoattend.baselines.graph_convolutional:GraphConvolutionalBaseline",
    "gat": "nni_autoattend.baselines.graph_attention_network:GraphAttentionBaseline",
    "graphsage": "nni_autoattend.baselines.graph_sage:GraphSAGEBaseline",
    "appnp": "nni_autoattend.baselines.graph_personalised_propagation:APPNPBaseline",
    "label-propagation": "nni_autoattend.baselines.graph_label_propagation:LabelPropagation",
}
GRAPH_TRIVIAL = "label-propagation"
"""The one that is no network: it reads edges and labels only and is not trained by the loop."""


@dataclass(frozen=True)
class PublishedSettings:
    """How a baseline's authors, or those who compared it, built and trained it: with Adam on the whole graph.

    Attributes:
        shape: arguments of its class beside the dimensions.
        lr: learning rate.
        weight_decay: L2 penalty on the weights that its ``penalised`` names; the others have none.
        epochs: the most.
        patience: epochs in a row without a better validation after which training ends.
    """

    shape: Mapping[str, float]
    lr: float
    weight_decay: float
    epochs: int
    patience: int


_AUTHORS: dict[str, PublishedSettings] = {
    "gcn": PublishedSettings({"hidden": 16, "dropout": 0.5}, 0.01, 5e-4, epochs=200, patience=200),
    "gat": PublishedSettings(
        {"hidden": 8, "heads": 8, "dropout": 0.6, "attention_dropout": 0.6}, 0.005, 5e-4, epochs=1000, patience=100
    ),
    "graphsage": PublishedSettings({"hidden": 64, "dropout": 0.5}, 0.01, 5e-4, epochs=1000, patience=100),
    "appnp": PublishedSettings(
        {"hidden": 64, "dropout": 0.5, "steps": 10, "alpha": 0.1}, 0.01, 5e-3, epochs=10_000, patience=100
    ),
}
"""On Planetoid's split (Kipf and Welling 2017; Velickovic et al. 2018; Klicpera et al. 2019). GraphSAGE's authors have
no such task; its settings are ours, between those of the others."""

_SHCHUR: dict[str, PublishedSettings] = {
    "gcn": PublishedSettings({"hidden": 64, "dropout": 0.8}, 0.01, 1e-3, epochs=1000, patience=50),
    "gat": PublishedSettings(
        {"hidden": 8, "heads": 8, "dropout": 0.6, "attention_dropout": 0.3}, 0.01, 0.01, epochs=1000, patience=50
    ),
}
"""Shchur et al. 2018, "Pitfalls of Graph Neural Network Evaluation", on 20 training nodes of every class. GraphSAGE
keeps ours: ten times their learning rate and a weaker penalty take far fewer epochs; APPNP, not among theirs, keeps its
authors'."""
SHCHUR_TASKS = ("photo", "computers", "cs", "physics")

_FACTORS = (1.0, 10**0.5, 10**-0.5, 10.0, 0.1)
"""Of learning rate and L2 penalty, in the order they are tried."""
_SPREADS = [{"alpha": alpha, "layers": layers} for layers in (50, 10, 3) for alpha in (0.95, 0.8, 0.99, 0.5)]
"""Shchur et al. 2018 let 5 % of the labels return in every step (alpha 0.95)."""


def graph_baseline_names() -> list[str]:
    """Return all names, in the order of the table."""
    return list(GRAPH_BASELINES)


def published_settings(name: str, task: str | None = None) -> PublishedSettings:
    """Return the settings of a baseline network as published for ``task`` or, where nobody did, by its authors.

    Raises:
        UnknownNameError: no such baseline, or the trivial one, which is no network.
    """
    _check_network(name)
    return _SHCHUR.get(name, _AUTHORS[name]) if task in SHCHUR_TASKS else _AUTHORS[name]


def build_graph_baseline(name: str, dimensions: GraphDimensions, shape: Mapping[str, float]) -> "nn.Module":
    """Build the untrained network of a baseline, ``forward(GraphInput)`` -> logits (targets, classes).

    Its method ``penalised()`` returns the weights that the L2 penalty is for.

    Raises:
        UnknownNameError: no such baseline, or the trivial one, which is no network.
    """
    _check_network(name)
    network: nn.Module = resolve(GRAPH_BASELINES[name])(dimensions, **shape)
    return network


def graph_tuning_ladder(name: str, count: int, task: str | None = None) -> list[dict[str, float]]:
    """Return the settings of the first ``count`` tuning runs; the first are the published ones.

    Networks vary their learning rate and L2 penalty: ``[{"lr": 0.01, "weight_decay": 5e-4}, ...]``; label propagation
    its two arguments: ``[{"alpha": 0.95, "layers": 50}, ...]``.

    Raises:
        UnknownNameError: no such baseline.
        ValueError: the ladder is not that long.
    """
    if name not in GRAPH_BASELINES:
        raise UnknownNameError("graph baseline", name, GRAPH_BASELINES)
    rungs = _SPREADS if name == GRAPH_TRIVIAL else _rungs(published_settings(name, task))
    if not 0 <= count <= len(rungs):
        raise ValueError(f"{name} has between 0 and {len(rungs)} tuning runs, found {count}")
    return [dict(rung) for rung in rungs[:count]]


def _rungs(published: PublishedSettings) -> list[dict[str, float]]:
    """Return all pairs of factors, those that change least first."""
    pairs = [(lr, decay) for lr in range(len(_FACTORS)) for decay in range(len(_FACTORS))]
    pairs.sort(key=sum)
    return [{"lr": published.lr * _FACTORS[a], "weight_decay": published.weight_decay * _FACTORS[b]} for a, b in pairs]


def _check_network(name: str) -> None:
    networks = [known for known in GRAPH_BASELINES if known != GRAPH_TRIVIAL]
    if name not in networks:
        raise UnknownNameError("graph baseline network", name, networks)
