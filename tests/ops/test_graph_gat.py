import pytest
import torch
import torch.nn.functional as F

from nni_autoattend.ops.graph_gat import GAT


def test_is_the_formula(graphs):
    torch.manual_seed(0)
    layout, states = graphs.random_layout(9, 16, 0), torch.randn(9, 8).double()
    operation = GAT(8, 0.0, "elu", 2).double()
    for parameter in operation.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    looped = graphs.adjacency(layout, loops=True)
    expected = torch.zeros(9, 8).double()
    for head, own in enumerate((slice(0, 4), slice(4, 8))):
        layer = operation.convolution
        mapped = states @ layer.lin.weight[own].T
        target, source = mapped @ layer.att_dst[0, head], mapped @ layer.att_src[0, head]
        scores = F.leaky_relu(target[:, None] + source, 0.2)
        weights = scores.masked_fill(looped == 0, float("-inf")).softmax(1)
        expected[:, own] = weights @ mapped
    expected = expected + operation.convolution.bias
    torch.testing.assert_close(operation(states, layout), F.elu(expected))


@pytest.mark.parametrize("heads", [3, 16])
def test_heads_that_do_not_divide_the_width_are_refused(heads):
    with pytest.raises(ValueError, match=f"{heads} heads cannot divide 8 channels"):
        GAT(8, 0.0, "elu", heads)
