from types import SimpleNamespace

import pytest
import torch
from torch import nn

from nni_autoattend.errors import RunFolderError
from nni_autoattend.training.weights import copy_trained_state, load_trained_state, trained_state


def test_frozen_parameters_stay_out_and_buffers_stay_in() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    network[0].weight.requires_grad_(False)
    names = {"0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"}
    assert set(trained_state(network)) == names


def test_a_copy_survives_further_training_and_goes_back(toy: SimpleNamespace) -> None:
    network, other = toy.Network(seed=0), toy.Network(seed=1)
    copy, live = copy_trained_state(network), trained_state(network)
    with torch.no_grad():
        network.classifier.bias.add_(1)
    assert torch.equal(live["classifier.bias"], network.classifier.bias)
    assert torch.equal(copy["classifier.bias"] + 1, network.classifier.bias)

    frozen = other.frozen.weight.clone()
    load_trained_state(other, copy)
    assert torch.equal(other.classifier.bias, copy["classifier.bias"])
    assert torch.equal(other.frozen.weight, frozen)


@pytest.mark.parametrize("change", ["missing", "extra", "shape"])
def test_the_weights_of_another_network_are_refused(toy: SimpleNamespace, change: str) -> None:
    network = toy.Network()
    state = copy_trained_state(network)
    if change == "missing":
        del state["classifier.bias"]
    elif change == "extra":
        state["more"] = torch.ones(1)
    else:
        state["classifier.bias"] = torch.ones(4)
    with pytest.raises(RunFolderError, match="another network"):
        load_trained_state(network, state)
