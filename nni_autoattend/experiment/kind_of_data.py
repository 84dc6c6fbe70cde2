"""Which kind of data a person means who does not say it, and what stands where they name no space or no data."""

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from nni_autoattend.datasets.graph_tasks import GRAPH_TASKS
from nni_autoattend.datasets.tasks import TASKS
from nni_autoattend.errors import RecipeError, UnknownNameError
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
    """Check that the data exist, if they are a task, and are of the kind that the space is for.

    Raises:
        RecipeError: they are of another kind.
        UnknownNameError: there is no such task.
    """
    block = _as_mapping(data)
    task, own = block.get("task"), MODALITIES[space.modality].data.SOURCES
    if task is not None and not any(task in tasks for tasks in _TASKS.values()):
        raise UnknownNameError("task", str(task), [name for tasks in _TASKS.values() for name in tasks])
    for kind, tasks in _TASKS.items():
        foreign = [key for key in MODALITIES[kind].data.SOURCES if key not in own and block.get(key) is not None]
        if task in tasks and task not in _TASKS[space.modality]:
            foreign.append(f"task {task!r}")
        if foreign:
            raise RecipeError(
                f"{foreign[-1]} is for data of the kind {kind}, and space {space.name!r} is for data of the kind "
                f"{space.modality}; leave one of them out, or take for example --space {MODALITIES[kind].space}"
            )


def _as_mapping(data: object) -> dict[str, Any]:
    if is_dataclass(data) and not isinstance(data, type):
        return asdict(data)
    return dict(data) if isinstance(data, Mapping) else {}
