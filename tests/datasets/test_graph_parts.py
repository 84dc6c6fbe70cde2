import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_autoattend.datasets.graph_parts import PartSizes, divide, strata_of
from nni_autoattend.errors import DataError
from nni_autoattend.settings_graph_data import GraphDataSettings

LABELS = ("a", "b", "c")
class_lists = st.lists(st.sampled_from([-1, 0, 1, 2]), min_size=1, max_size=80)
shares = st.builds(PartSizes, st.floats(0.1, 0.5), st.floats(0.1, 0.4))


@given(class_lists, shares, st.integers(0, 50))
def test_parts_are_disjoint_and_complete(classes: list[int], sizes: PartSizes, seed: int):
    strata = np.array(classes)
    parts = divide(strata, sizes, seed, LABELS)
    together = np.concatenate(parts)
    assert sorted(together.tolist()) == np.flatnonzero(strata >= 0).tolist()
    assert all(np.all(np.diff(part) > 0) for part in parts)


@given(class_lists, shares, st.integers(0, 50))
def test_the_test_part_does_not_move_with_the_seed(classes: list[int], sizes: PartSizes, seed: int):
    strata = np.array(classes)
    assert np.array_equal(divide(strata, sizes, seed, LABELS)[2], divide(strata, sizes, 51, LABELS)[2])


def test_training_and_validation_move_with_the_seed():
    strata = np.arange(90) % 3
    for sizes in (PartSizes(), PartSizes(train_per_class=5, validation_per_class=5)):
        one, other = divide(strata, sizes, 0, LABELS), divide(strata, sizes, 1, LABELS)
        assert not np.array_equal(one[0], other[0])
        assert not np.array_equal(one[1], other[1])
        assert np.array_equal(one[2], other[2])
        assert all(map(np.array_equal, one, divide(strata, sizes, 0, LABELS)))


def test_every_part_has_its_share_of_every_class():
    strata = np.repeat([0, 1, 2], [50, 100, 20])
    train, valid, test = divide(strata, PartSizes(test_share=0.5, validation_share=0.2), 3, LABELS)
    assert np.bincount(strata[test]).tolist() == [25, 50, 10]
    assert np.bincount(strata[valid]).tolist() == [10, 20, 4]
    assert np.bincount(strata[train]).tolist() == [15, 30, 6]


def test_so_many_nodes_of_every_class():
    strata = np.repeat([0, 1, -1], [50, 100, 7])
    sizes = PartSizes(test_share=0.5, train_per_class=4, validation_per_class=6)
    parts = divide(strata, sizes, 3, LABELS)
    assert [np.bincount(strata[part]).tolist() for part in parts] == [[4, 4], [6, 6], [25, 50]]
    assert len(set(np.concatenate(parts).tolist())) == 95


def test_one_of_the_two_counts_is_enough():
    strata = np.repeat([0, 1], [50, 100])
    parts = divide(strata, PartSizes(0.2, 0.2, train_per_class=4), 0, LABELS)
    assert [np.bincount(strata[part]).tolist() for part in parts] == [[4, 4], [10, 20], [10, 20]]
    parts = divide(strata, PartSizes(0.2, 0.2, validation_per_class=4), 0, LABELS)
    assert [np.bincount(strata[part]).tolist() for part in parts] == [[36, 76], [4, 4], [10, 20]]


def test_a_class_with_too_few_nodes():
    strata = np.repeat([0, 1], [50, 12])
    with pytest.raises(DataError, match="label 'b' has 6 nodes outside the test part, 5 \\+ 2 are needed"):
        divide(strata, PartSizes(0.5, 0.2, 5, 2), 0, LABELS)


def test_several_labels_are_stratified_by_the_rarest():
    classes = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 1], [0, 0, 0], [-1, -1, -1], [1, 1, 0], [1, 0, 0]], np.int8)
    assert strata_of(classes).tolist() == [0, 1, 2, 3, -1, 1, 0]
    assert strata_of(np.array([2, -1, 0])).tolist() == [2, -1, 0]


def test_settings_stand_before_what_is_usual():
    usual = PartSizes(0.5, 0.2, 20, 30)
    assert PartSizes.of(GraphDataSettings(task="photo"), usual) == usual
    settings = GraphDataSettings(task="photo", test_share=0.3, train_per_class=5)
    assert PartSizes.of(settings, usual) == PartSizes(0.3, 0.2, 5, 30)


def test_the_note_says_how_parts_were_made():
    assert PartSizes(0.5, 0.2, 20, 30).note(4) == (
        "test: 50% of every class, chosen once (seed 0), no search sees it; of every class valid: 30, train: 20, seed 4"
    )
    assert PartSizes().note(1).endswith("of every class valid: 20%, train: the rest, seed 1")
