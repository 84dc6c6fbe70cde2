import torch

from nni_autoattend.ops.edge_softmax import edge_softmax


def test_exponentials_of_each_node_and_head_sum_to_one(graphs):
    torch.manual_seed(0)
    heads = graphs.random_layout(6, 9, 0, directed=True).looped.for_heads(2)
    scores = torch.randn(2, len(heads.rows), dtype=torch.float64, requires_grad=True)
    weights = edge_softmax(scores, heads)
    for own, given in zip(weights, scores, strict=True):
        for row in range(heads.size):
            torch.testing.assert_close(own[heads.rows == row], given[heads.rows == row].softmax(0))
    assert torch.autograd.gradcheck(lambda own: edge_softmax(own, heads), [scores])


def test_large_scores_do_not_overflow(graphs):
    heads = graphs.random_layout(6, 9, 0).looped.for_heads(1)
    scores = torch.linspace(-1e30, 1e30, len(heads.rows)).unsqueeze(0)
    weights = edge_softmax(scores, heads)
    assert weights.isfinite().all()
    sums = torch.zeros(heads.size).index_add(0, heads.rows, weights[0])
    torch.testing.assert_close(sums, torch.ones(heads.size))
