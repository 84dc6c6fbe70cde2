import pytest
import torch

from nni_autoattend.ops.sparse_products import exact_dtype, gathered, inner_products, products, sums_at_sources


def test_precision_is_at_least_single():
    found = [exact_dtype(torch.zeros(0, dtype=dtype)) for dtype in (torch.bfloat16, torch.float32, torch.float64)]
    assert found == [torch.float32, torch.float32, torch.float64]


def test_products_have_the_precision_of_the_matrix(graphs):
    layout, states = graphs.random_layout(6, 9, 0), torch.randn(2, 6, 4)
    matrix = layout.propagation("sum").matrix
    rough = products(matrix, states.bfloat16())
    assert rough.dtype == torch.float32
    torch.testing.assert_close(rough, matrix.to_dense() @ states.bfloat16().float())


@pytest.mark.parametrize("width", [4, 32])  # fewer channels a head than an instruction takes, and more
@pytest.mark.parametrize("heads", [1, 2])
def test_what_is_gathered_and_multiplied_edge_by_edge(graphs, heads, width):
    torch.manual_seed(0)
    edges = graphs.random_layout(6, 9, 0, directed=True).plain
    repeated, count = edges.for_heads(heads), len(edges.sources)
    values, states, others = torch.randn(2, count, heads), torch.randn(2, 6, width), torch.randn(2, 6, width)
    ordered = values.flatten(1)[:, repeated.from_edges]
    split, other = states.unflatten(2, (heads, -1)), others.unflatten(2, (heads, -1))
    sent = values.unsqueeze(3) * split[:, edges.sources]
    expected = torch.zeros_like(split).index_add(1, edges.targets, sent).flatten(2)
    torch.testing.assert_close(gathered(ordered, states, repeated), expected)
    back = torch.zeros_like(split).index_add(1, edges.sources, values.unsqueeze(3) * split[:, edges.targets])
    torch.testing.assert_close(gathered(ordered, states, repeated, turned=True), back.flatten(2))
    totals = torch.zeros(2, 6, heads).index_add(1, edges.sources, values)
    torch.testing.assert_close(sums_at_sources(ordered, repeated), totals.flatten(1))
    inner = (split[:, edges.targets] * other[:, edges.sources]).sum(3).flatten(1)
    torch.testing.assert_close(inner_products(states, others, repeated), inner[:, repeated.from_edges])
