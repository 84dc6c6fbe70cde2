import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nni_autoattend.datasets.graph_layout import GraphLayout

KINDS = ("gcn", "symmetric", "laplacian", "mean", "looped-mean", "sum")


def dense(layout):
    """A with row i for target i."""
    matrix = torch.zeros(layout.nodes, layout.nodes, dtype=torch.float64)
    matrix[layout.edges[1], layout.edges[0]] = 1.0
    return matrix


def inverse(counts, power):
    return torch.where(counts > 0, counts.clamp(min=1) ** -power, torch.zeros_like(counts))


def expected(layout, kind):
    adjacency = dense(layout)
    looped = adjacency + torch.eye(layout.nodes, dtype=torch.float64)
    own = looped if kind in ("gcn", "looped-mean") else adjacency
    counts = own.sum(0) if kind == "laplacian" else own.sum(1)
    if kind == "sum":
        return own
    if kind in ("mean", "looped-mean"):
        return own * inverse(counts, 1.0)[:, None]
    scaled = own * inverse(counts, 0.5)[:, None] * inverse(counts, 0.5)
    return -scaled if kind == "laplacian" else scaled


def test_edges_are_coalesced_sorted_and_without_self_loops():
    edges = torch.tensor([[2, 0, 0, 1, 2, 0, 3], [1, 1, 1, 1, 0, 2, 3]])
    layout = GraphLayout.of(edges, 5)
    assert layout.edges.tolist() == [[2, 0, 2, 0], [0, 1, 1, 2]]
    assert (layout.nodes, layout.tokens) == (5, 5)
    assert layout.degrees.tolist() == [1, 2, 1, 0, 0]
    assert layout.looped.sources.tolist() == [0, 2, 0, 1, 2, 0, 2, 3, 4]
    assert layout.looped.targets.tolist() == [0, 0, 1, 1, 1, 2, 2, 3, 4]


@given(st.integers(1, 9), st.integers(0, 30), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_the_order_of_edges_and_doubles_change_nothing(nodes, count, seed):
    generator = torch.Generator().manual_seed(seed)
    edges = torch.randint(0, nodes, (2, count), generator=generator)
    shuffled = torch.cat([edges, edges], dim=1)[:, torch.randperm(2 * count, generator=generator)]
    assert torch.equal(GraphLayout.of(edges, nodes).edges, GraphLayout.of(shuffled, nodes).edges)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_propagation_is_the_formula(graphs, kind, directed, dtype):
    layout = graphs.random_layout(9, 14, 3, directed=directed)
    matrix, turned = layout.propagation(kind, dtype)
    assert matrix.dtype == turned.dtype == dtype
    torch.testing.assert_close(matrix.to_dense(), expected(layout, kind).to(dtype))
    assert torch.equal(turned.to_dense(), matrix.to_dense().T)


@pytest.mark.parametrize("kind", KINDS)
def test_a_graph_without_edges_has_finite_matrices(kind):
    layout = GraphLayout.of(torch.zeros(2, 0, dtype=torch.int64), 3)
    assert torch.equal(layout.propagation(kind).matrix.to_dense(), expected(layout, kind).float())


def test_matrices_are_computed_once_and_those_of_undirected_graphs_kept_once(graphs):
    layout = graphs.random_layout(9, 14, 3)
    assert layout.is_undirected
    assert layout.propagation("gcn") is layout.propagation("gcn")
    assert layout.propagation("gcn").turned is layout.propagation("gcn").matrix
    assert layout.propagation("gcn", torch.float64) is not layout.propagation("gcn")
    assert not graphs.random_layout(9, 14, 3, directed=True).is_undirected


def test_it_can_be_copied_and_pickled_after_use(graphs):
    layout = graphs.random_layout(9, 14, 3)
    matrix = layout.propagation("gcn").matrix
    assert copy.deepcopy(layout).propagation("gcn").matrix is matrix
    again = pickle.loads(pickle.dumps(layout))
    assert not again.__dict__.keys() - {"edges", "nodes"}
    assert torch.equal(again.propagation("gcn").matrix.to_dense(), matrix.to_dense())


def test_it_stays_where_it_is_and_is_moved_once(graphs):
    layout = graphs.random_layout(5, 6, 0)
    assert layout.to("cpu") is layout
    moved = layout.to("meta")
    assert moved.edges.device.type == "meta" and moved.nodes == 5
    assert layout.to("meta") is moved


@pytest.mark.parametrize(
    ("edges", "nodes", "message"),
    [
        (torch.tensor([[0], [3]]), 3, "edges must name nodes 0 to 2, found 0 to 3"),
        (torch.tensor([[-1], [0]]), 3, "found -1 to 0"),
        (torch.zeros(2, 0, dtype=torch.int64), 0, "a graph needs nodes"),
        (torch.zeros(3, 2, dtype=torch.int64), 4, r"edges \(3, 2\)"),
    ],
)
def test_what_is_no_graph_is_refused(edges, nodes, message):
    with pytest.raises(ValueError, match=message):
        GraphLayout.of(edges, nodes)
