import torch

from nni_autoattend.ops.edge_tanh import tanh_scores


def test_scores_of_a_small_network_on_both_ends(graphs):
    torch.manual_seed(0)
    edges = graphs.random_layout(6, 9, 0, directed=True).looped
    left, right = (torch.randn(2, 6, 4, dtype=torch.float64, requires_grad=True) for _ in range(2))
    outer = torch.randn(2, 1, 4, dtype=torch.float64, requires_grad=True)
    hidden = (left[:, edges.targets] + right[:, edges.sources]).tanh() * outer
    expected = hidden.unflatten(2, (2, 2)).sum(3).flatten(1)[:, edges.for_heads(2).from_edges]
    torch.testing.assert_close(tanh_scores(left, right, outer, edges, 2), expected)
    assert torch.autograd.gradcheck(lambda *own: tanh_scores(*own, edges, 2), [left, right, outer])
