"""What every aggregation promises, asked of all of them: architectures that run together do not meet."""

from dataclasses import replace

import pytest
import torch

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.network.aggregation import Aggregation
from nni_autoattend.network.aggregation_table import build_aggregation
from nni_autoattend.ops.noise import Noise
from nni_autoattend.settings import NetworkShape
from nni_autoattend.settings_graph import GraphShape

SHAPES = {
    "text": NetworkShape(8, 2, 0.5, 0.5, 0.5),
    "graph": GraphShape(8, 2, 0.5, 0.5, 0.5, 0.5, "tanh", True, "layer"),
}
LAYOUTS = {
    "text": TokenLayout.of([4, 3]),
    "graph": GraphLayout.of(torch.tensor([[0, 1, 2, 5, 6], [1, 2, 0, 6, 4]]), 7),
}
EVERY = [(kind, layer) for kind in SHAPES for layer in ("addition", "attention")]


def operands(layer, architectures=3):
    """The sum of an addition; Query, Key and Value of an attention."""
    torch.manual_seed(0)
    return list(torch.randn(1 if layer == "addition" else 3, architectures, 7, 8))


def test_an_aggregation_has_to_say_how_it_runs_together():
    with pytest.raises(TypeError, match="together"):
        Aggregation()


@pytest.mark.parametrize(("kind", "layer"), EVERY)
def test_architectures_do_not_meet(kind, layer):
    aggregation, states = build_aggregation(layer, SHAPES[kind]), operands(layer)
    together = aggregation.together(states, LAYOUTS[kind], None)
    assert together.shape == (3, 7, 8)
    for slot in range(3):
        alone = aggregation.together([one[slot : slot + 1] for one in states], LAYOUTS[kind], None)
        torch.testing.assert_close(alone[0], together[slot], atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(("kind", "layer"), EVERY)
def test_noise_alone_decides_whether_and_what_is_dropped(kind, layer):
    aggregation, states = build_aggregation(layer, SHAPES[kind]).train(), operands(layer)

    def run(noise):
        return aggregation.together(states, LAYOUTS[kind], noise)

    assert torch.equal(run(None), run(None))
    first, again, other = (run(Noise(torch.float32, seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other) and not torch.equal(first, run(None))


@pytest.mark.parametrize("kind", SHAPES)
def test_rates_of_zero_drop_nothing(kind):
    still = replace(SHAPES[kind], attention_dropout=0.0, aggregation_dropout=0.0)
    aggregation, states = build_aggregation("attention", still), operands("attention")
    noisy = aggregation.together(states, LAYOUTS[kind], Noise(torch.float32, 1))
    assert torch.equal(noisy, aggregation.together(states, LAYOUTS[kind], None))
