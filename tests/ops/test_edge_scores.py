import torch

from nni_autoattend.ops.edge_scores import inner_scores, summed_scores


def test_inner_scores(graphs):
    edges = graphs.random_layout(6, 9, 0, directed=True).looped
    left, right = (torch.randn(2, 6, 4, dtype=torch.float64, requires_grad=True) for _ in range(2))
    heads = edges.for_heads(2)
    split = [states.unflatten(2, (2, 2)) for states in (left, right)]
    expected = (split[0][:, edges.targets] * split[1][:, edges.sources]).sum(3).flatten(1)[:, heads.from_edges]
    torch.testing.assert_close(inner_scores(left, right, heads), expected)
    assert torch.autograd.gradcheck(lambda *ends: inner_scores(*ends, heads), [left, right])


def test_summed_scores(graphs):
    edges = graphs.random_layout(6, 9, 0, directed=True).looped
    left, right = (torch.randn(2, 6, 2, dtype=torch.float64, requires_grad=True) for _ in range(2))
    heads = edges.for_heads(2)
    expected = (left[:, edges.targets] + right[:, edges.sources]).flatten(1)[:, heads.from_edges]
    torch.testing.assert_close(summed_scores(left, right, heads), expected)
    assert torch.autograd.gradcheck(lambda *ends: summed_scores(*ends, heads), [left, right])
