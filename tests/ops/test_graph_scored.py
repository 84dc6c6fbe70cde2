import pytest
import torch

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.graph_scored import ScoredOperation
from nni_autoattend.ops.noise import Noise


class Alike(ScoredOperation):
    """All scores are zero."""

    count = 1

    def score(self, targets, sources):
        return torch.zeros_like(targets[..., 0])

    @classmethod
    def scores_together(cls, modules, states, values, layout):
        return states.new_zeros(len(states), len(layout.looped.for_heads(modules[0].heads).rows))


def test_a_subclass_says_the_score_alone(graphs):
    layout, states = graphs.random_layout(6, 9, 0), torch.randn(1, 6, 8)
    operation = Alike(8, 0.0, "elu", 2)
    torch.nn.init.normal_(operation.bias)
    looped = graphs.adjacency(layout, loops=True).float()
    mean = looped @ states[0] @ operation.linear.weight.T / looped.sum(1)[:, None] + operation.bias
    torch.testing.assert_close(operation(states[0], layout), torch.nn.functional.elu(mean))
    torch.testing.assert_close(Alike.together([operation], states, layout, None)[0], operation(states[0], layout))


def test_weights_drop_out_at_the_rate_of_the_input():
    """Without edges a node's only weight is one: what is left are whole heads, scaled."""
    layout = GraphLayout.of(torch.zeros(2, 0, dtype=torch.int64), 4000)
    operation = Alike(8, 0.25, "relu", 2)
    torch.nn.init.constant_(operation.linear.weight, 1.0)
    left = Alike.together([operation], torch.ones(1, 4000, 8), layout, Noise(torch.float32, 0))[0]
    assert torch.equal(left[:, :4], left[:, :1].expand(4000, 4))
    assert (left[:, 0] == 0).double().mean().item() == pytest.approx(0.25, abs=0.03)


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="3 heads cannot divide 8 channels"):
        Alike(8, 0.0, "elu", 3)
