"""Keys of shared weights: what each mode shares, and how many slots there are."""

import pytest

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer, Edge
from nni_autoattend.genes import Genes
from nni_autoattend.supernet.context import reachable_slots, slot_of

MODES = [("full", 1775), ("target", 924), ("source", 576), ("none", 300), ("affine", 1775)]
OPERATIONS = ("zero", "identity", "conv1", "conv3", "maxpool3", "gru")


@pytest.mark.parametrize(("mode", "count"), MODES)
def test_reachable_slots_of_the_published_space(mode, count):
    slots = reachable_slots(Genes(24, ("addition", "attention"), OPERATIONS), mode)
    assert len(slots) == len(set(slots)) == count


def test_every_edge_of_random_architectures_has_a_reachable_slot(rng):
    genes = Genes(6, ("addition", "attention"), OPERATIONS)
    for mode, _ in MODES:
        reachable = set(reachable_slots(genes, mode))
        used = {slot_of(edge, mode) for _ in range(300) for edge in genes.random(rng).edges()}
        assert used <= reachable
        assert len(used) > 0.7 * len(reachable)  # and no slot is there for nothing


def _edge(role="key", source_kind="addition"):
    return Edge(2, 4, "conv1", role, source_kind)


@pytest.mark.parametrize(
    ("mode", "shares_roles", "shares_kinds"),
    [
        ("full", False, False),
        ("target", False, True),
        ("source", True, False),
        ("none", True, True),
        ("affine", False, False),  # its matrices are another matter: see test_shared_weights.py
    ],
)
def test_what_a_mode_shares(mode, shares_roles, shares_kinds):
    assert (slot_of(_edge("key"), mode) == slot_of(_edge("value"), mode)) is shares_roles
    same = slot_of(_edge(source_kind="addition"), mode) == slot_of(_edge(source_kind="attention"), mode)
    assert same is shares_kinds
    assert slot_of(_edge(), mode) != slot_of(Edge(1, 4, "conv1", "key", "addition"), mode)


def test_figure_c_of_the_paper():
    """Edge 1->3 is un-shared when layer 3 flips its kind; edge 2->3 when layer 2 flips; edge 1->2 stays shared."""
    chain = AdditionLayer(0, "conv1", "zero")
    one = Architecture((chain, chain, AdditionLayer(1, "conv1", "conv3")))
    flipped_target = Architecture((chain, chain, AttentionLayer(1, "conv1", "conv3", "conv3")))
    flipped_source = Architecture((chain, AttentionLayer(0, "conv1", "conv1", "conv1"), one.layers[2]))
    slot = [slot_of(a.edges_of(3)[1], "full") for a in (one, flipped_target, flipped_source)]
    assert slot[0] != slot[1] and slot[0] == slot[2]
    assert slot_of(one.edges_of(3)[0], "full") != slot_of(flipped_source.edges_of(3)[0], "full")


def test_keys_are_readable_and_distinct():
    slots = reachable_slots(Genes(3, ("addition", "attention"), OPERATIONS), "full")
    keys = [slot.key("conv1") for slot in slots]
    assert len(set(keys)) == len(keys)
    assert "03_01_key_addition_conv1" in keys


def test_without_its_context_a_slot_is_the_one_of_mode_none():
    genes = Genes(3, ("addition", "attention"), OPERATIONS)
    assert {slot.without_context() for slot in reachable_slots(genes, "full")} == set(reachable_slots(genes, "none"))
    assert slot_of(_edge(), "full").without_context() == slot_of(_edge(), "none")
