from dataclasses import replace

import pytest

from nni_autoattend.settings import NetworkShape
from nni_autoattend.settings_graph import GraphShape

SHAPE = GraphShape(64, 8, 0.6, 0.3, 0.0, 0.5, "tanh", False, "none")


def test_it_is_a_network_shape():
    assert isinstance(SHAPE, NetworkShape)
    assert (SHAPE.input_dropout, SHAPE.activation, SHAPE.residual, SHAPE.normalise) == (0.5, "tanh", False, "none")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"input_dropout": 1.0}, r"input_dropout must lie in \[0, 1\), found 1.0"),
        ({"activation": "gelu"}, "activation must be one of tanh, relu, elu, found 'gelu'"),
        ({"normalise": "batch"}, "normalise must be one of none, layer, found 'batch'"),
        ({"heads": 7}, "must divide width"),
    ],
)
def test_impossible_values_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(SHAPE, **change)
