"""What is ranked on which kind of data: the space, and the rates of both trainings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nni_autoattend.datasets.graph_tasks import GRAPH_TASKS
from nni_autoattend.modality import ModalityName


@dataclass(frozen=True)
class Kind:
    """How architectures for a kind of data are trained alone and together.

    Attributes:
        space: recipe of the space.
        epochs: of an architecture alone.
        training: of an architecture alone, further settings.
        budgets: epochs of a supernet after which it is scored. Its rate is constant, so that a small budget is a prefix
            of a large one.
        supernet: of a supernet, further settings.
        paths: paths per step of a supernet.
        alone: values of the space's ``search:`` block that an architecture alone has, as in retraining.
        toy_space, toy_data, toy_training: with ``--toy``: everything that the benchmark does, in a minute, on generated
            data; its numbers say nothing.
    """

    space: str
    epochs: int
    training: Mapping[str, Any]
    budgets: tuple[int, ...]
    supernet: Mapping[str, Any]
    paths: int
    toy_space: Mapping[str, Any]
    toy_data: Mapping[str, Any]
    toy_training: Mapping[str, Any] = field(default_factory=dict)
    alone: Mapping[str, Any] = field(default_factory=dict)


KINDS: dict[ModalityName, Kind] = {
    "text": Kind(
        space="autoattend-text-small",
        epochs=6,
        training={"batch_size": 128, "lr": 1.5e-3, "clip": 5.0},
        budgets=(9, 27),
        supernet={"batch_size": 128, "lr": 2e-3, "clip": 5.0},  # the rate of ``autoattend-2core``
        paths=2,
        toy_space={"genes.layers": 2, "search.width": 8, "search.heads": 2},
        toy_data={"size": 100, "embedding_width": 8},
        toy_training={"batch_size": 50, "lr": 0.01},
    ),
    "graph": Kind(  # a whole graph is one batch, an epoch one step
        space="autoattend-graph",
        epochs=400,
        training={"batch_size": 1, "lr": 5e-3, "weight_decay": 2e-3, "clip": 5.0, "patience": 100},
        budgets=(250, 1000),
        supernet={"batch_size": 1, "lr": 3e-3, "clip": 5.0},  # as in the space's recipe
        paths=2,
        toy_space={"search.width": 16, "search.heads": 2},
        toy_data={"size": 100},
        alone={"dropout": 0.7, "input_dropout": 0.7, "attention_dropout": 0.5},
    ),
}

MADE_BY_RULE = ("listops", "communities")
"""Tasks of any size."""


def kind_of(task: str) -> Kind:
    """Return what is ranked on ``task``."""
    return KINDS["graph" if task in GRAPH_TASKS else "text"]
