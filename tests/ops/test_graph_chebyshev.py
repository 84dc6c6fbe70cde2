import torch
import torch.nn.functional as F

from nni_autoattend.ops.graph_chebyshev import Chebyshev


def test_is_the_formula(graphs):
    torch.manual_seed(0)
    layout, states = graphs.random_layout(9, 16, 0), torch.randn(9, 8).double()
    operation = Chebyshev(8, 0.0, "elu").double()
    for parameter in operation.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    adjacency = graphs.adjacency(layout)
    scale = torch.where(adjacency.sum(1) > 0, adjacency.sum(1).clamp(min=1) ** -0.5, 0.0)
    matrix = adjacency * scale[:, None] * scale
    own, other = operation.convolution.lins
    expected = states @ own.weight.T - matrix @ states @ other.weight.T + operation.convolution.bias
    torch.testing.assert_close(operation(states, layout), F.elu(expected))
