"""The two files of a trained model: weights in ``model.safetensors``, everything else in ``model.json``.

Loading runs no code from the files and needs torch only: no nni, no Lightning.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from nni_autoattend.errors import AutoAttendError, RunFolderError
from nni_autoattend.files import write_atomically, write_json

WEIGHTS_FILE, DESCRIPTION_FILE = "model.safetensors", "model.json"
TEXT, GRAPH = "text", "graph"
_FORMAT = 1


def write_model(folder: Path, network: nn.Module, parts: Mapping[str, Any]) -> None:
    """Write the weights of ``network``, and ``parts``, which say what it takes to use them.

    Each file is written whole or not at all, the weights first; ``model.json`` holds their checksum, so that a pair
    torn by a kill between the two is refused when it is loaded and mended by saving again.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    weights = folder / WEIGHTS_FILE
    write_atomically(weights, lambda temporary: _write_weights(temporary, network))
    write_json(folder / DESCRIPTION_FILE, {"format": _FORMAT, **parts, "weights_sha256": _checksum(weights)})


def kind_of(folder: Path) -> str:
    """Return what the model in ``folder`` reads, ``text`` or ``graph``.

    Raises:
        RunFolderError: there is no model, or none that can be read.
    """
    return str(read_description(folder).get("kind", TEXT))


def read_description(folder: Path) -> dict[str, Any]:
    """Return the parts that ``write_model`` was given.

    Raises:
        RunFolderError: the file is missing, damaged or of another format.
    """
    path = folder / DESCRIPTION_FILE
    try:
        parts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunFolderError(f"no saved model can be read from {path}: {error}") from error
    if not isinstance(parts, dict) or parts.get("format") != _FORMAT:
        raise RunFolderError(f"{path} is not a model of format {_FORMAT}; it may come from another version")
    return parts


def read_weights(folder: Path, parts: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return the weights that belong to the description ``parts``; call it within ``reading``.

    Raises:
        RunFolderError: they belong to another.
    """
    weights = folder / WEIGHTS_FILE
    if _checksum(weights) != parts["weights_sha256"]:
        raise RunFolderError(f"{weights} is damaged or does not belong to {DESCRIPTION_FILE}: save the model again")
    return load_file(weights)


@contextmanager
def reading(folder: Path, kind: str) -> Iterator[dict[str, Any]]:
    """Give the description of a model of ``kind``; whatever in it proves unusable is told in one line.

    Raises:
        RunFolderError: a file is missing, damaged, of another format or kind, or the two do not belong together.
    """
    parts = read_description(folder)
    found = parts.get("kind", TEXT)
    if found != kind:
        raise RunFolderError(f"the model in {folder} is for {found} data, not for {kind} data")
    try:
        yield parts
    except RunFolderError:
        raise
    except (OSError, KeyError, TypeError, ValueError, RuntimeError, SafetensorError, AutoAttendError) as error:
        reason = str(error).partition("\n")[0]
        raise RunFolderError(f"cannot load the model in {folder}: {type(error).__name__}: {reason}") from error


def _write_weights(path: Path, network: nn.Module) -> None:
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    try:
        save_file(tensors, path)
    except SafetensorError as error:  # its own class for a full disk
        raise OSError(str(error)) from error


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
