import torch
import torch.nn.functional as F

from nni_autoattend.ops.graph_cosine import Cosine


def test_is_the_formula(graphs):
    torch.manual_seed(0)
    layout, states = graphs.random_layout(9, 16, 0), torch.randn(9, 8).double()
    operation = Cosine(8, 0.0, "elu", 2).double()
    for parameter in operation.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    looped = graphs.adjacency(layout, loops=True)
    expected = torch.zeros(9, 8).double()
    for head, own in enumerate((slice(0, 4), slice(4, 8))):
        mapped = states @ operation.linear.weight[own].T
        scores = (mapped * operation.vectors[0, head]) @ mapped.T
        weights = scores.masked_fill(looped == 0, float("-inf")).softmax(1)
        expected[:, own] = weights @ mapped
    expected = expected + operation.bias
    torch.testing.assert_close(operation(states, layout), F.elu(expected))
