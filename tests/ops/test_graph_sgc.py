import torch
import torch.nn.functional as F

from nni_autoattend.ops.graph_sgc import SGC


def test_is_the_formula(graphs):
    torch.manual_seed(0)
    layout, states = graphs.random_layout(9, 16, 0), torch.randn(9, 8).double()
    operation = SGC(8, 0.0, "elu").double()
    for parameter in operation.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    looped = graphs.adjacency(layout, loops=True)
    scale = looped.sum(1) ** -0.5
    matrix = looped * scale[:, None] * scale
    linear = operation.convolution.lin
    expected = matrix @ matrix @ states @ linear.weight.T + linear.bias
    torch.testing.assert_close(operation(states, layout), F.elu(expected))
