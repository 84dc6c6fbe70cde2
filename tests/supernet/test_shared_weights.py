"""SharedWeights: parameters as counted, modules shared as keyed."""

import pytest
import torch

from nni_autoattend.architecture import AdditionLayer, Architecture, Edge
from nni_autoattend.genes import Genes
from nni_autoattend.settings import NetworkShape
from nni_autoattend.supernet.context import reachable_slots
from nni_autoattend.supernet.shared_weights import SharedWeights

GENES = Genes(3, ("addition", "attention"), ("zero", "identity", "conv1", "conv3", "maxpool3", "gru"))
PUBLISHED = Genes(24, GENES.kinds, GENES.operations)
SHAPE = NetworkShape(64, 8, 0.1, 0.1, 0.1)


@pytest.mark.parametrize(("mode", "millions"), [("full", 118.8), ("target", 61.9), ("source", 38.6), ("none", 20.1)])
def test_parameters_of_the_published_space(mode, millions):
    one_layer = Genes(1, ("addition",), GENES.operations)
    per_slot = sum(weight.numel() for weight in SharedWeights(one_layer, SHAPE, mode).operations.parameters())
    assert round(len(reachable_slots(PUBLISHED, mode)) * per_slot / 1e6, 1) == millions


@pytest.mark.parametrize("mode", ["full", "target", "source", "none"])
def test_a_module_for_every_reachable_slot_and_weighted_operation(mode):
    weights = SharedWeights(GENES, NetworkShape(4, 2, 0.0, 0.0, 0.0), mode)
    assert len(weights.operations) == 4 * len(reachable_slots(GENES, mode))
    assert not list(weights.weightless.parameters())


def test_modes_differ_in_what_edges_share():
    key, value = Edge(1, 3, "gru", "key", "addition"), Edge(1, 3, "gru", "value", "addition")
    shape = NetworkShape(4, 2, 0.0, 0.0, 0.0)
    full, none = SharedWeights(GENES, shape, "full"), SharedWeights(GENES, shape, "none")
    assert full.operation(key) is not full.operation(value)
    assert none.operation(key) is none.operation(value)


def test_one_operation_twice_on_one_state_is_one_module():
    weights = SharedWeights(GENES, NetworkShape(4, 2, 0.0, 0.0, 0.0), "full")
    left, right = Architecture((AdditionLayer(0, "conv1", "conv1"),)).edges_of(1)
    assert weights.operation(left) is weights.operation(right)


def test_the_norm_of_an_attention_layer_belongs_to_its_target_in_every_mode():
    for mode in ("full", "none"):
        weights = SharedWeights(GENES, NetworkShape(4, 2, 0.0, 0.0, 0.0), mode)
        norms = {id(weights.aggregation(target, "attention")) for target in (1, 2, 3)}
        assert len(norms) == 3
        assert all(list(weights.aggregation(target, "attention").parameters()) for target in (1, 2, 3))
    assert torch.is_tensor(next(weights.aggregations.parameters()))
