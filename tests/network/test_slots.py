"""Slots: a stand-alone encoder and a supernet's weights answer the same questions with the same kinds of modules."""

from random import Random

import pytest

from nni_autoattend.network.encoder import Encoder
from nni_autoattend.recipes import load_space
from nni_autoattend.supernet.shared_weights import SharedWeights

SPACE = load_space("autoattend-text", {"genes.layers": 4, "search.width": 8, "search.heads": 2})
ARCHITECTURE = SPACE.genes.random(Random(3))


@pytest.fixture(params=["encoder", "supernet"])
def slots(request):
    if request.param == "encoder":
        return Encoder(ARCHITECTURE, SPACE.search)
    return SharedWeights(SPACE.genes, SPACE.search, "full")


def test_every_edge_has_an_operation_of_its_kind(slots):
    other = SharedWeights(SPACE.genes, SPACE.search, "none")
    for edge in ARCHITECTURE.edges():
        assert type(slots.operation(edge)) is type(other.operation(edge))
        assert slots.operation(edge) is slots.operation(edge)


def test_every_layer_has_an_aggregation_of_its_kind(slots):
    kinds = {"addition": "AdditionAggregation", "attention": "AttentionAggregation"}
    for target, layer in enumerate(ARCHITECTURE.layers, start=1):
        assert type(slots.aggregation(target, layer.kind)).__name__ == kinds[layer.kind]
