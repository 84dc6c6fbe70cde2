"""Networks of each kind of data: built from an architecture, saved, and loaded for use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from nni_autoattend.architecture import Architecture
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.network.model_files import GRAPH, kind_of
from nni_autoattend.settings import NetworkShape
from nni_autoattend.settings_graph import GraphShape

if TYPE_CHECKING:
    from nni_autoattend.network.classifier import TextClassifier
    from nni_autoattend.network.node_classifier import NodeClassifier


def build_network(
    architecture: Architecture, shape: NetworkShape, dimensions: TextDimensions | GraphDimensions
) -> nn.Module:
    """Build the stand-alone network of ``architecture``; its weights are drawn from torch's global generator.

    Raises:
        UnknownNameError: the architecture names an operation that does not exist.
        TypeError: the shape is for another kind of data than the dimensions.
    """
    if isinstance(dimensions, TextDimensions):
        from nni_autoattend.network.text import TextNetwork

        return TextNetwork(architecture, shape, dimensions)
    from nni_autoattend.network.graph import GraphNetwork

    if not isinstance(shape, GraphShape):
        raise TypeError(f"a network on a graph needs a GraphShape, found {type(shape).__name__}")
    return GraphNetwork(architecture, shape, dimensions)


def save_network(folder: Path, network: nn.Module, description: Mapping[str, Any], codec: Any) -> None:
    """Write a trained network as ``model.safetensors`` and ``model.json``; see ``save_model``, ``save_graph_model``.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
        TypeError: it is not a network of a kind that is known here.
    """
    from nni_autoattend.network.text import TextNetwork

    if isinstance(network, TextNetwork):
        from nni_autoattend.network.saved import save_model

        save_model(folder, network, description, codec)
        return
    from nni_autoattend.network.graph import GraphNetwork
    from nni_autoattend.network.graph_saved import save_graph_model

    if not isinstance(network, GraphNetwork):
        raise TypeError(f"cannot save a {type(network).__name__}")
    save_graph_model(folder, network, description, codec)


def load_classifier(folder: Path) -> TextClassifier | NodeClassifier:
    """Read what ``save_network`` wrote, of whichever kind of data it is.

    Raises:
        RunFolderError: a file is missing, damaged, of another format, or the two do not belong together.
    """
    if kind_of(folder) == GRAPH:
        from nni_autoattend.network.graph_saved import load_graph_model

        return load_graph_model(folder)
    from nni_autoattend.network.saved import load_model

    return load_model(folder)
