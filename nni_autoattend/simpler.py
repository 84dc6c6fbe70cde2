"""Smaller networks of a space, one step away from an architecture."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from nni_autoattend.architecture import ZERO, AdditionLayer, Architecture, Layer, gene_names
from nni_autoattend.genes import Genes

IDENTITY = "identity"
"""The operation that hands its source on as it is."""


def simpler(architecture: Architecture, genes: Genes) -> list[Architecture]:
    """Return the architectures of a space in which one layer of ``architecture`` does less; no network twice.

    A layer does less as a bare way through, as one of its operations alone, or with ``identity`` in the place of one of
    them. Ways through stand before the other layers, so that networks that compute the same are the same. What is no
    architecture of the space, such as an addition where it only has attention, is left out.
    """
    known = {architecture.network_key(), _through_first(architecture).network_key()}
    found: list[Architecture] = []
    for position, layer in enumerate(architecture.layers):
        for less in _less(layer):
            layers = (*architecture.layers[:position], less, *architecture.layers[position + 1 :])
            smaller = _through_first(Architecture(layers))
            if genes.contains(smaller) and smaller.network_key() not in known:
                known.add(smaller.network_key())
                found.append(smaller)
    return found


def work_of(architecture: Architecture) -> int:
    """Return how many parts of a network do something: its attentions, and its operations other than ``identity``.

    Weights would be no measure: the stem has most of them, and an attention without a weight is no simpler than a
    convolution with some.
    """
    attentions = sum(layer.kind == "attention" for layer in architecture.layers)
    return attentions + sum(edge.operation != IDENTITY for edge in architecture.edges())


def _through_first(architecture: Architecture) -> Architecture:
    """Move the layers that are a bare way through to the front; the others read what they read before."""
    working = [layer for layer in architecture.layers if not _is_through(layer)]
    ahead = len(architecture.layers) - len(working)
    before = [0]
    for layer in architecture.layers:  # of each state, how many working layers have made it
        before.append(before[-1] + (not _is_through(layer)))
    moved = [replace(layer, source=ahead + before[layer.source]) for layer in working]
    return Architecture((*(AdditionLayer(0, IDENTITY, ZERO) for _ in range(ahead)), *moved))


def _is_through(layer: Layer) -> bool:
    return isinstance(layer, AdditionLayer) and (layer.left_op, layer.right_op) == (IDENTITY, ZERO)


def _less(layer: Layer) -> Iterator[Layer]:
    operations = {name: getattr(layer, name) for name in gene_names(layer) if name != "source"}
    own = [operation for operation in operations.values() if operation != ZERO]
    for operation in (IDENTITY, *own):
        yield AdditionLayer(layer.source, operation, ZERO)
    for name, operation in operations.items():
        if operation != ZERO:
            passed_by: dict[str, Any] = {name: IDENTITY}
            yield replace(layer, **passed_by)
