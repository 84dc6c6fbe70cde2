"""Trained text classifiers as files. Loading needs no file of word vectors: they are among the weights."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nni_autoattend.architecture import Architecture
from nni_autoattend.datasets.codec import TextCodec
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.network.classifier import TextClassifier
from nni_autoattend.network.model_files import TEXT, read_weights, reading, write_model
from nni_autoattend.network.text import TextNetwork
from nni_autoattend.schema import read, to_plain
from nni_autoattend.settings import NetworkShape


def save_model(folder: Path, network: TextNetwork, description: Mapping[str, Any], codec: TextCodec) -> None:
    """Write ``network`` and what it takes to use it; an embedding, also a frozen one, is among the weights.

    Args:
        folder: where ``model.safetensors`` and ``model.json`` go; made when absent.
        network: the trained network.
        description: what else should be known (metric, task, scores), as JSON values; kept under ``description``.
        codec: how texts become tokens.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    parts = {
        "architecture": network.architecture.to_json(),
        "shape": to_plain(network.shape),
        "dimensions": to_plain(replace(network.dimensions, embedding_file=None)),
        "codec": codec.to_json(),
        "description": dict(description),
    }
    write_model(folder, network, parts)


def load_model(folder: Path) -> TextClassifier:
    """Read what ``save_model`` wrote.

    Raises:
        RunFolderError: a file is missing, damaged, of another format or kind, or the two do not belong together.
    """
    with reading(folder, TEXT) as parts:
        weights = read_weights(folder, parts)
        network = TextNetwork(
            Architecture.from_json(parts["architecture"]),
            read(NetworkShape, parts["shape"], "shape"),
            read(TextDimensions, parts["dimensions"], "dimensions"),
        )
        network.load_state_dict(weights)
        return TextClassifier(network, TextCodec.from_json(parts["codec"]), parts["description"])
