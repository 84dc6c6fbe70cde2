from dataclasses import replace

import torch

from nni_autoattend.network.graph_head import GraphHead
from nni_autoattend.ops.noise import Noise
from nni_autoattend.settings_graph import GraphShape

SHAPE = GraphShape(8, 2, 0.0, 0.0, 0.0, 0.0, "tanh", False, "none")
TARGETS = torch.tensor([4, 0, 4])


def test_it_scores_the_nodes_that_are_asked_for():
    head, states = GraphHead(SHAPE, 3), torch.randn(2, 6, 8)
    torch.nn.init.normal_(head.classifier.bias)
    logits = head.together(states, TARGETS, None)
    assert logits.shape == (2, 3, 3)
    for own, found in zip(states, logits, strict=True):
        torch.testing.assert_close(found, own[TARGETS] @ head.classifier.weight.T + head.classifier.bias)
        torch.testing.assert_close(head(own, TARGETS), found)


def test_dropout_acts_in_training_only():
    head, states = GraphHead(replace(SHAPE, dropout=0.5), 3), torch.randn(2, 6, 8)
    still = head.together(states, TARGETS, None)
    assert not torch.equal(head.together(states, TARGETS, Noise(torch.float32)), still)
    assert not torch.equal(head(states[0], TARGETS), head(states[0], TARGETS))
    head.eval()
    torch.testing.assert_close(head(states[0], TARGETS), still[0])
