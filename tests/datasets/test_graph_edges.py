import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nni_autoattend.datasets.graph_edges import EdgeCounts, clean_edges

NODES = 7
pairs = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=30)


def array(edges: list[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(edges, np.int64).reshape(-1, 2).T


def as_set(edges: NDArray[np.int64]) -> set[tuple[int, int]]:
    return set(map(tuple, edges.T.tolist()))


def test_what_is_changed_is_counted():
    edges, counts = clean_edges(array([(0, 1), (1, 0), (0, 1), (2, 2), (3, 1)]), 6)
    assert edges.tolist() == [[1, 0, 3, 1], [0, 1, 1, 3]]
    assert counts == EdgeCounts(given=5, loops=1, repeated=1, added=1, isolated=3)
    assert counts.kept == 4
    assert counts.note() == (
        "edges: 5 read, 1 self-loops removed, 1 repeated edges removed, 1 ways back, 4 kept (each way counted); "
        "3 isolated nodes"
    )


def test_directed_edges_lead_one_way():
    edges, counts = clean_edges(array([(4, 1), (1, 2), (0, 1), (0, 1)]), 5, directed=True)
    assert edges.tolist() == [[0, 4, 1], [1, 1, 2]]
    assert (counts.added, counts.repeated, counts.kept, counts.isolated) == (0, 1, 3, 1)


def test_no_edge_at_all():
    for given_edges in (array([]), array([(1, 1)])):
        edges, counts = clean_edges(given_edges, 3)
        assert edges.shape == (2, 0) and edges.dtype == np.int64
        assert (counts.kept, counts.isolated) == (0, 3)


@pytest.mark.parametrize("edge", [(0, 3), (-1, 0), (3, 3)])
def test_edges_out_of_range(edge: tuple[int, int]):
    with pytest.raises(ValueError, match="between 0 and 2"):
        clean_edges(array([edge]), 3)


@given(pairs, st.booleans())
def test_the_result_is_what_sets_say(edges: list[tuple[int, int]], directed: bool):
    cleaned, counts = clean_edges(array(edges), NODES, directed=directed)
    proper = {(a, b) for a, b in edges if a != b}
    expected = proper if directed else proper | {(b, a) for a, b in proper}
    assert as_set(cleaned) == expected
    assert cleaned.shape[1] == len(expected) == counts.kept
    assert counts.isolated == NODES - len({node for edge in expected for node in edge})


@given(pairs, st.booleans())
def test_cleaning_is_idempotent(edges: list[tuple[int, int]], directed: bool):
    once, _ = clean_edges(array(edges), NODES, directed=directed)
    twice, counts = clean_edges(once, NODES, directed=directed)
    assert np.array_equal(once, twice)
    assert (counts.loops, counts.repeated, counts.added) == (0, 0, 0)


@given(pairs, st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_edges_does_not_matter(edges: list[tuple[int, int]], random, directed: bool):
    shuffled = random.sample(edges, len(edges))
    assert np.array_equal(
        clean_edges(array(edges), NODES, directed=directed)[0],
        clean_edges(array(shuffled), NODES, directed=directed)[0],
    )


@given(pairs)
def test_edges_stand_by_target_then_source(edges: list[tuple[int, int]]):
    cleaned, _ = clean_edges(array(edges), NODES)
    keys = (cleaned[1] * NODES + cleaned[0]).tolist()
    assert keys == sorted(keys)


@given(pairs, st.permutations(range(NODES)), st.booleans())
def test_renumbering_the_nodes_renumbers_the_edges(edges: list[tuple[int, int]], order: list[int], directed: bool):
    numbers = np.array(order)
    before, counts = clean_edges(array(edges), NODES, directed=directed)
    after, counts_after = clean_edges(numbers[array(edges)], NODES, directed=directed)
    assert as_set(numbers[before]) == as_set(after)
    assert counts == counts_after
