import torch
import torch.nn.functional as F

from nni_autoattend.ops.graph_constant import Constant


def test_is_the_formula(graphs):
    torch.manual_seed(0)
    layout, states = graphs.random_layout(9, 16, 0), torch.randn(9, 8).double()
    operation = Constant(8, 0.0, "elu").double()
    for parameter in operation.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    looped = graphs.adjacency(layout, loops=True)
    expected = operation.linear(looped @ states / looped.sum(1)[:, None])
    torch.testing.assert_close(operation(states, layout), F.elu(expected))
