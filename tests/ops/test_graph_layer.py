"""Operations that are one layer of torch-geometric: the plain reference is that layer, and nothing else."""

import pytest
import torch

from nni_autoattend.names import resolve
from nni_autoattend.ops.graph_layer import LayerOperation
from nni_autoattend.ops.graph_table import GRAPH_OPERATIONS
from nni_autoattend.ops.table import build_operation
from nni_autoattend.settings_graph import GraphShape

SHAPE = GraphShape(16, 4, 0.0, 0.0, 0.0, 0.0, "tanh", False, "none")
NAMES = [name for name, entry in GRAPH_OPERATIONS.items() if issubclass(resolve(entry.class_name), LayerOperation)]


def test_there_are_some():
    assert {"gcn", "gat8", "sgc"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_convolving_is_calling_the_layer(name, graphs):
    torch.manual_seed(0)
    operation, layout = build_operation(name, SHAPE).eval(), graphs.random_layout(12, 20, seed=1)
    assert isinstance(operation, LayerOperation)
    assert {key for key, _ in operation.named_parameters()} == {
        f"convolution.{key}" for key, _ in operation.convolution.named_parameters()
    }
    states = torch.randn(layout.nodes, SHAPE.width)
    torch.testing.assert_close(
        operation.convolve(states, layout), operation.convolution(states, layout.edges), atol=0, rtol=0
    )
