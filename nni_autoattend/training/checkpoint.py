"""Checkpoints: the whole state of some work in one file that loads without running code, and the random generators.

A checkpoint holds tensors, numbers, texts, ``None`` and dictionaries, lists and tuples of them, so that
``torch.load(weights_only=True)`` takes it back.
"""

import random
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nni_autoattend.errors import RunFolderError
from nni_autoattend.files import write_atomically

_PLAIN = (str, int, float, bool, type(None))
_MAPPINGS = (dict, OrderedDict)
_SEQUENCES = (list, tuple)


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write ``state`` to ``path``, whole or not at all: after a kill or on a full disk the old file is intact.

    Raises:
        TypeError: a value that ``weights_only`` would refuse at loading (a NumPy number, an own class).
        StorageError: the disk is full or the folder cannot be written.
    """
    _check_loadable(state, "state")
    write_atomically(path, lambda temporary: torch.save(state, temporary))


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """Return what ``save_checkpoint`` wrote, all tensors on the CPU; ``None`` where there is no file.

    Raises:
        RunFolderError: the file is there but is no checkpoint.
    """
    if not path.exists():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged zip or pickle raises almost anything
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise RunFolderError(f"cannot read checkpoint {path}: {reason}; delete it to start this phase again") from error
    if not isinstance(state, dict):
        raise RunFolderError(f"{path} is not a checkpoint of nni-autoattend; delete it to start this phase again")
    return state


def seed_generators(seed: int) -> None:
    """Seed every generator that ``random_states`` covers, so that what follows depends on nothing before."""
    torch.manual_seed(seed)  # CUDA's too
    random.seed(seed)
    np.random.seed(seed % 2**32)


def random_states() -> dict[str, Any]:
    """Return the states of the global generators of torch (CPU, and CUDA where present), ``random`` and NumPy."""
    name, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
    return {
        "torch": torch.get_rng_state(),
        "cuda": list(torch.cuda.get_rng_state_all()) if torch.cuda.is_available() else [],
        "python": random.getstate(),
        "numpy": (str(name), [int(key) for key in keys], int(position), int(has_gauss), float(cached)),
    }


def restore_random_states(states: dict[str, Any]) -> None:
    """Put the generators where ``random_states`` found them; CUDA's only on a machine with as many devices."""
    torch.set_rng_state(states["torch"])
    if states["cuda"] and torch.cuda.is_available() and torch.cuda.device_count() == len(states["cuda"]):
        torch.cuda.set_rng_state_all(states["cuda"])
    version, internal, gauss = states["python"]
    random.setstate((version, tuple(internal), gauss))
    name, keys, position, has_gauss, cached = states["numpy"]
    np.random.set_state((name, np.array(keys, dtype=np.uint32), position, has_gauss, cached))


def _check_loadable(value: Any, where: str) -> None:
    # Exact types: NumPy's float64 is a subclass of float, and weights_only refuses it.
    if type(value) in _MAPPINGS:
        for key, item in value.items():
            _check_loadable(key, f"a key of {where}")
            _check_loadable(item, f"{where}[{key!r}]")
    elif type(value) in _SEQUENCES:
        for index, item in enumerate(value):
            _check_loadable(item, f"{where}[{index}]")
    elif type(value) not in _PLAIN and not isinstance(value, torch.Tensor):
        raise TypeError(f"a checkpoint cannot hold {where}: {type(value).__module__}.{type(value).__qualname__}")
