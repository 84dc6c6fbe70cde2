from collections import Counter

import numpy as np
import pytest

from nni_autoattend.datasets.splits import halve, stratified_split

LABELS = ["a"] * 50 + ["b"] * 20 + ["c"] * 2 + ["d"]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.49])
def test_parts_are_disjoint_complete_and_in_order(share: float):
    rest, part = stratified_split(LABELS, share, 0)
    assert sorted([*rest.tolist(), *part.tolist()]) == list(range(len(LABELS)))
    assert (np.diff(rest) > 0).all()
    assert (np.diff(part) > 0).all()


def test_every_class_gives_its_share():
    rest, part = stratified_split(LABELS, 0.1, 0)
    assert Counter(LABELS[i] for i in part) == {"a": 5, "b": 2, "c": 1}
    assert Counter(LABELS[i] for i in rest) == {"a": 45, "b": 18, "c": 1, "d": 1}


def test_a_pair_is_in_both_parts_even_of_large_shares():
    rest, part = stratified_split(["x", "x"], 0.99, 0)
    assert len(rest) == len(part) == 1


def test_the_seed_decides():
    assert stratified_split(LABELS, 0.3, 1)[1].tolist() == stratified_split(LABELS, 0.3, 1)[1].tolist()
    assert stratified_split(LABELS, 0.3, 1)[1].tolist() != stratified_split(LABELS, 0.3, 2)[1].tolist()


def test_halves_are_halves():
    first, second = halve(LABELS, 0)
    assert Counter(LABELS[i] for i in second) == {"a": 25, "b": 10, "c": 1}
    assert len(first) + len(second) == len(LABELS)


def test_nothing_divides_into_nothing():
    rest, part = stratified_split([], 0.5, 0)
    assert len(rest) == len(part) == 0
