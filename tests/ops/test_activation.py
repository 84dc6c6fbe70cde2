from typing import get_args

import torch

from nni_autoattend.ops.activation import ACTIVATIONS
from nni_autoattend.settings_graph import Activation


def test_every_name_of_the_settings_has_its_function():
    assert set(ACTIVATIONS) == set(get_args(Activation))
    values = torch.tensor([-1.0, 2.0])
    assert ACTIVATIONS["relu"](values).tolist() == [0.0, 2.0]
    assert torch.equal(ACTIVATIONS["tanh"](values), torch.tanh(values))
    assert ACTIVATIONS["elu"](values)[0].item() == torch.expm1(torch.tensor(-1.0)).item()
