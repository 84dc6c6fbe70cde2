"""Trained text classifiers as files: weights in ``model.safetensors``, everything else in ``model.json``.

Loading runs no code from the files and needs torch only: no nni, no Lightning, no file of word vectors.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from nni_autoattend.architecture import Architecture
from nni_autoattend.datasets.codec import TextCodec
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.errors import AutoAttendError, RunFolderError
from nni_autoattend.files import write_atomically, write_json
from nni_autoattend.network.classifier import TextClassifier
from nni_autoattend.network.text import TextNetwork
from nni_autoattend.schema import read, to_plain
from nni_autoattend.settings import NetworkShape

WEIGHTS_FILE, DESCRIPTION_FILE = "model.safetensors", "model.json"
_FORMAT = 1


def save_model(folder: Path, network: TextNetwork, description: Mapping[str, Any], codec: TextCodec) -> None:
    """Write ``network`` and what it takes to use it; an embedding, also a frozen one, is among the weights.

    Each file is written whole or not at all, the weights first; ``model.json`` holds their checksum, so that a pair
    torn by a kill between the two is refused when it is loaded and mended by saving again.

    Args:
        folder: where the two files go; made when absent.
        network: the trained network.
        description: what else should be known (metric, task, scores), as JSON values; kept under ``description``.
        codec: how texts become tokens.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    weights = folder / WEIGHTS_FILE
    write_atomically(weights, lambda temporary: _write_weights(temporary, network))
    parts = {
        "format": _FORMAT,
        "architecture": network.architecture.to_json(),
        "shape": to_plain(network.shape),
        "dimensions": to_plain(replace(network.dimensions, embedding_file=None)),
        "codec": codec.to_json(),
        "weights_sha256": _checksum(weights),
        "description": dict(description),
    }
    write_json(folder / DESCRIPTION_FILE, parts)


def load_model(folder: Path) -> TextClassifier:
    """Read what ``save_model`` wrote.

    Raises:
        RunFolderError: a file is missing, damaged, of another format, or the two do not belong together.
    """
    parts = _read_parts(folder)
    weights = folder / WEIGHTS_FILE
    try:
        if _checksum(weights) != parts["weights_sha256"]:
            raise RunFolderError(f"{weights} is damaged or does not belong to {DESCRIPTION_FILE}: save the model again")
        network = TextNetwork(
            Architecture.from_json(parts["architecture"]),
            read(NetworkShape, parts["shape"], "shape"),
            read(TextDimensions, parts["dimensions"], "dimensions"),
        )
        network.load_state_dict(load_file(weights))
        return TextClassifier(network, TextCodec.from_json(parts["codec"]), parts["description"])
    except RunFolderError:
        raise
    except (OSError, KeyError, ValueError, RuntimeError, SafetensorError, AutoAttendError) as error:
        reason = str(error).partition("\n")[0]
        raise RunFolderError(f"cannot load the model in {folder}: {type(error).__name__}: {reason}") from error


def _read_parts(folder: Path) -> dict[str, Any]:
    path = folder / DESCRIPTION_FILE
    try:
        parts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunFolderError(f"no saved model can be read from {path}: {error}") from error
    if not isinstance(parts, dict) or parts.get("format") != _FORMAT:
        raise RunFolderError(f"{path} is not a model of format {_FORMAT}; it may come from another version")
    return parts


def _write_weights(path: Path, network: TextNetwork) -> None:
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
