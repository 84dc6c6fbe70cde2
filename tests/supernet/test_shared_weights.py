"""SharedWeights: parameters as counted, modules shared as keyed."""

import zipfile

import pytest
import torch

from nni_autoattend.architecture import AdditionLayer, Architecture, Edge
from nni_autoattend.genes import Genes
from nni_autoattend.settings import NetworkShape
from nni_autoattend.supernet.context import reachable_slots
from nni_autoattend.supernet.shared_weights import SharedWeights
from nni_autoattend.training.checkpoint import load_checkpoint, save_checkpoint

GENES = Genes(3, ("addition", "attention"), ("zero", "identity", "conv1", "conv3", "maxpool3", "gru"))
PUBLISHED = Genes(24, GENES.kinds, GENES.operations)
SHAPE = NetworkShape(64, 8, 0.1, 0.1, 0.1)
TOY = NetworkShape(4, 2, 0.0, 0.0, 0.0)


COUNTS = {"full": 118_825_600, "target": 61_856_256, "source": 38_559_744, "none": 20_083_200, "affine": 20_838_400}


def _weights_per_slot(mode):
    """Weights of one full context: all, and those of norms (conv1, conv3, maxpool3 and gru have one each)."""
    operations = SharedWeights(Genes(1, ("addition",), GENES.operations), SHAPE, mode).operations
    sizes = {name: weight.numel() for name, weight in operations.named_parameters()}
    return sum(sizes.values()), sum(size for name, size in sizes.items() if ".norm." in name)


@pytest.mark.parametrize("mode", ["full", "target", "source", "none"])
def test_parameters_of_the_published_space(mode):
    assert len(reachable_slots(PUBLISHED, mode)) * _weights_per_slot(mode)[0] == COUNTS[mode]


def test_parameters_of_the_published_space_in_mode_affine():
    everything, norms = _weights_per_slot("affine")
    assert norms == 4 * 2 * 64
    contexts, places = (len(reachable_slots(PUBLISHED, mode)) for mode in ("affine", "none"))
    assert contexts * norms + places * (everything - norms) == COUNTS["affine"] < COUNTS["full"] / 4


@pytest.mark.slow
def test_the_published_space_built_in_mode_affine_has_as_many():
    operations = SharedWeights(PUBLISHED, SHAPE, "affine").operations
    assert sum(weight.numel() for weight in operations.parameters()) == COUNTS["affine"]


@pytest.mark.parametrize("mode", ["full", "target", "source", "none", "affine"])
def test_a_module_for_every_reachable_slot_and_weighted_operation(mode):
    weights = SharedWeights(GENES, TOY, mode)
    assert len(weights.operations) == 4 * len(reachable_slots(GENES, mode))
    assert not list(weights.weightless.parameters())


def test_modes_differ_in_what_edges_share():
    key, value = Edge(1, 3, "gru", "key", "addition"), Edge(1, 3, "gru", "value", "addition")
    full, none = SharedWeights(GENES, TOY, "full"), SharedWeights(GENES, TOY, "none")
    assert full.operation(key) is not full.operation(value)
    assert none.operation(key) is none.operation(value)


def test_one_operation_twice_on_one_state_is_one_module():
    weights = SharedWeights(GENES, TOY, "full")
    left, right = Architecture((AdditionLayer(0, "conv1", "conv1"),)).edges_of(1)
    assert weights.operation(left) is weights.operation(right)


def test_the_norm_of_an_attention_layer_belongs_to_its_target_in_every_mode():
    for mode in ("full", "none", "affine"):
        weights = SharedWeights(GENES, TOY, mode)
        norms = {id(weights.aggregation(target, "attention")) for target in (1, 2, 3)}
        assert len(norms) == 3
        assert all(list(weights.aggregation(target, "attention").parameters()) for target in (1, 2, 3))
    assert torch.is_tensor(next(weights.aggregations.parameters()))


@pytest.mark.parametrize("other", [("value", "addition"), ("key", "attention"), ("feature", "addition")])
def test_in_mode_affine_two_contexts_of_one_place_share_matrices_but_no_norm(other):
    weights = SharedWeights(GENES, TOY, "affine")
    for name, heavy in {"conv1": ["convolution"], "conv3": ["convolution"], "gru": ["rightward", "leftward"]}.items():
        key, same_place = (weights.operation(Edge(1, 3, name, *context)) for context in (("key", "addition"), other))
        elsewhere = weights.operation(Edge(2, 3, name, "key", "addition"))
        assert key.norm is not same_place.norm
        assert key.norm.weight is not same_place.norm.weight and key.norm.bias is not same_place.norm.bias
        assert all(getattr(key, part) is getattr(same_place, part) for part in heavy)
        assert all(getattr(key, part) is not getattr(elsewhere, part) for part in heavy)


def test_mode_affine_starts_as_mode_none_does():
    torch.manual_seed(0)
    none = SharedWeights(GENES, TOY, "none")
    torch.manual_seed(0)
    affine = SharedWeights(GENES, TOY, "affine")
    edge = Edge(1, 3, "gru", "key", "addition")
    torch.testing.assert_close(affine.operation(edge).state_dict(), none.operation(edge).state_dict(), atol=0, rtol=0)


def test_mode_affine_lists_every_weight_once():
    weights = SharedWeights(GENES, TOY, "affine")
    contexts, places = (len(reachable_slots(GENES, mode)) for mode in ("affine", "none"))
    names = [name for name, _ in weights.operations.named_parameters()]
    assert sum(".norm." in name for name in names) == contexts * 4 * 2
    assert sum(".norm." not in name for name in names) == places * (2 + 2 + 8)  # conv1, conv3; eight of two GRUs


def test_a_checkpoint_of_mode_affine_holds_every_weight_once_and_brings_it_back(tmp_path):
    torch.manual_seed(0)
    saved, loaded = SharedWeights(GENES, TOY, "affine"), SharedWeights(GENES, TOY, "affine")
    with torch.no_grad():
        for weight in saved.parameters():  # norms differ from each other, too
            weight.normal_()
    save_checkpoint(tmp_path / "supernet.pt", {"model": saved.state_dict()})
    with zipfile.ZipFile(tmp_path / "supernet.pt") as file:
        storages = [entry.file_size for entry in file.infolist() if "/data/" in entry.filename]
    assert len(storages) == len(list(saved.parameters())) < len(saved.state_dict())
    assert sum(storages) == 4 * sum(weight.numel() for weight in saved.parameters())
    loaded.load_state_dict(load_checkpoint(tmp_path / "supernet.pt")["model"])
    torch.testing.assert_close(loaded.state_dict(), saved.state_dict(), atol=0, rtol=0)
    assert len(list(loaded.parameters())) == len(list(saved.parameters()))
