import torch

from nni_autoattend.ops.edge_gathering import gather_by_scores
from nni_autoattend.ops.edge_softmax import edge_softmax
from nni_autoattend.ops.noise import Noise


def test_nodes_gather_by_the_softmax_of_scores(graphs):
    heads = graphs.random_layout(6, 9, 0, directed=True).looped.for_heads(2)
    scores = torch.randn(2, len(heads.rows), dtype=torch.float64, requires_grad=True)
    states = torch.randn(2, 6, 4, dtype=torch.float64, requires_grad=True)
    weights = edge_softmax(scores, heads)
    matrices = torch.stack([heads.matrix(own.detach()).to_dense() for own in weights])
    expected = (matrices @ states.view(2, 12, 2)).view(2, 6, 4)
    torch.testing.assert_close(gather_by_scores(scores, states, heads, 0.0, None), expected)
    assert torch.autograd.gradcheck(lambda *own: gather_by_scores(*own, heads, 0.0, None), [scores, states])

    def thinned(*own):
        return gather_by_scores(*own, heads, 0.4, Noise(torch.float64, 3))

    assert not torch.equal(thinned(scores, states), expected)
    assert torch.autograd.gradcheck(thinned, [scores, states])
