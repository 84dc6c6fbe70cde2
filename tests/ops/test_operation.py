"""What every edge operation promises, asked of all of them: architectures that run together do not meet."""

from dataclasses import replace

import pytest
import torch

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops.operation import EdgeOperation
from nni_autoattend.ops.table import OPERATIONS, build_operation
from nni_autoattend.settings import NetworkShape
from nni_autoattend.settings_graph import GraphShape

SHAPES = {
    "text": NetworkShape(16, 2, 0.0, 0.0, 0.0),
    "graph": GraphShape(16, 2, 0.0, 0.0, 0.0, 0.0, "tanh", False, "none"),
}
EVERY = [(kind, name) for kind, table in OPERATIONS.items() for name in table if name != "zero"]


@pytest.fixture
def layouts(graphs):
    """Seven rows: of two texts, of a graph."""
    return {"text": TokenLayout.of([4, 3]), "graph": graphs.random_layout(7, 12, 0, directed=True)}


def test_an_operation_has_to_say_how_it_runs_together():
    with pytest.raises(TypeError, match="together"):
        EdgeOperation()


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_each_slot_hears_its_own_module_and_states_alone(kind, name, layouts):
    torch.manual_seed(0)
    first, second = (build_operation(name, SHAPES[kind]).eval() for _ in range(2))
    states, run = torch.randn(3, 7, 16), type(first).together
    both = run([first, second, first], states, layouts[kind], None)
    assert both.shape == states.shape
    turned = run([first, first, second], states[[2, 0, 1]], layouts[kind], None)
    torch.testing.assert_close(turned, both[[2, 0, 1]], atol=1e-5, rtol=1e-5)
    for slot, module in enumerate((first, second, first)):
        alone = run([module], states[slot : slot + 1], layouts[kind], None)
        torch.testing.assert_close(alone[0], both[slot], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_nothing_is_dropped_without_noise(kind, name, layouts):
    dropping = replace(SHAPES[kind], dropout=0.5, attention_dropout=0.5)
    module = build_operation(name, dropping).train()
    states = torch.randn(1, 7, 16)
    first, again = (type(module).together([module], states, layouts[kind], None) for _ in range(2))
    assert torch.equal(first, again)
