import torch
import torch.nn.functional as F

from nni_autoattend.ops.graph_sage import SAGE


def test_is_the_formula(graphs):
    torch.manual_seed(0)
    layout, states = graphs.random_layout(9, 16, 0), torch.randn(9, 8).double()
    operation = SAGE(8, 0.0, "elu").double()
    for parameter in operation.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    adjacency = graphs.adjacency(layout)
    mean = adjacency / adjacency.sum(1).clamp(min=1)[:, None]
    left, right = operation.convolution.lin_l, operation.convolution.lin_r
    expected = mean @ states @ left.weight.T + left.bias + states @ right.weight.T
    torch.testing.assert_close(operation(states, layout), F.elu(expected))
