"""Which kind of data a person means who does not say it, and what stands where they name no space or no data."""

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from nni_autoattend.datasets.graph_tasks import GRAPH_TASKS
from nni_autoattend.datasets.tasks import TASKS
from nni_autoattend.errors import RecipeError
from nni_autoattend.modality import MODALITIES, ModalityName
from nni_autoattend.recipes import SpaceRecipe, load_space
from nni_autoattend.settings_graph_data import GraphDataSettings

_ONLY_GRAPHS = {"nodes", "edges", "data"}
_TASKS: dict[ModalityName, Mapping[str, Any]] = {"text": TASKS, "graph": GRAPH_TASKS}


def default_space(data: object, overrides: Mapping[str, Any]) -> str:
    """Return the name of the space for data that a person named.

    Args:
        data: the ``data:`` block, or complete settings.
        overrides: further keys of the block.
    """
    block = _as_mapping(data) | dict(overrides)
    is_graph = (
        isinstance(data, GraphDataSettings)
        or block.get("task") in GRAPH_TASKS
        or any(block.get(key) is not None for key in _ONLY_GRAPHS)
    )
    return MODALITIES["graph" if is_graph else "text"].space


def default_task(space: str | None) -> str:
    """Return the task that needs no files, of the kind of data that ``space`` is for."""
    modality: ModalityName = "text" if space is None else load_space(space).modality
    return MODALITIES[modality].task


def check_kind(space: SpaceRecipe, data: object) -> None:
    """Check that a task of data is not of another kind than the space.

    Raises:
        RecipeError: it is.
    """
    task = _as_mapping(data).get("task")
    for kind, tasks in _TASKS.items():
        if kind != space.modality and task in tasks and task not in _TASKS[space.modality]:
            raise RecipeError(
                f"task {task!r} is a {kind} and space {space.name!r} is for data of the kind {space.modality}; "
                f"take for example --space {MODALITIES[kind].space}"
            )


def _as_mapping(data: object) -> dict[str, Any]:
    if is_dataclass(data) and not isinstance(data, type):
        return asdict(data)
    return dict(data) if isinstance(data, Mapping) else {}
