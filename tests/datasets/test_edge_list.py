import torch

from nni_autoattend.datasets.edge_list import EdgeList, starts_of

EDGES = EdgeList(torch.tensor([2, 0, 2, 0]), torch.tensor([0, 1, 1, 2]), 4)


def test_edges_by_target_and_by_source():
    assert EDGES.pointers.tolist() == [0, 1, 3, 4, 4]
    assert EDGES.entering.tolist() == [1, 2, 1, 0]
    assert EDGES.by_source.tolist() == [1, 3, 0, 2]
    assert EDGES.targets_by_source.tolist() == [1, 2, 0, 1]
    assert EDGES.source_pointers.tolist() == [0, 2, 2, 4, 4]
    assert EDGES.leaving.tolist() == [2, 0, 2, 0]


def test_selections_add_up_edges():
    entering, leaving = EDGES.selections(torch.float64)
    values = torch.randn(4, 3, dtype=torch.float64)
    torch.testing.assert_close(entering @ values, torch.zeros(4, 3).double().index_add(0, EDGES.targets, values))
    torch.testing.assert_close(leaving @ values, torch.zeros(4, 3).double().index_add(0, EDGES.sources, values))


def test_heads_are_repeated_once():
    assert EDGES.for_heads(2) is EDGES.for_heads(2)
    assert EDGES.for_heads(2).size == 8


def test_where_numbers_begin():
    assert starts_of(torch.tensor([0, 0, 2]), 4).tolist() == [0, 2, 2, 3, 3]
