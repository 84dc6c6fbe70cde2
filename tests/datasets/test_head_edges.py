import pytest
import torch


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("heads", [1, 3])
def test_values_of_edges_and_heads_lie_where_the_matrix_has_them(graphs, heads, directed):
    edges = graphs.random_layout(7, 12, 1, directed=directed).looped
    repeated = edges.for_heads(heads)
    values = torch.randn(len(edges.sources), heads)
    expected = torch.zeros(7, heads, 7, heads)
    for head in range(heads):
        expected[edges.targets, head, edges.sources, head] = values[:, head]
    ordered = values.flatten()[repeated.from_edges]
    matrix = repeated.matrix(ordered).to_dense()
    assert torch.equal(matrix, expected.view(7 * heads, 7 * heads))
    assert torch.equal(repeated.turned(ordered).to_dense(), matrix.T)
    assert torch.equal(ordered[repeated.to_edges], values.flatten())
    assert torch.equal(matrix[repeated.rows.long(), repeated.columns.long()], ordered)


def test_rows_without_edges_are_empty(graphs):
    repeated = graphs.random_layout(5, 4, 0).plain.for_heads(2)
    assert repeated.pointers.diff()[-4:].tolist() == [0, 0, 0, 0]
    assert repeated.size == 10
