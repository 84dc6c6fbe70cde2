from dataclasses import replace

import pytest
import torch

from nni_autoattend.network.graph_stem import GraphStem
from nni_autoattend.ops.noise import Noise
from nni_autoattend.settings_graph import GraphShape

SHAPE = GraphShape(8, 2, 0.0, 0.0, 0.0, 0.0, "tanh", False, "none")


def features(density=0.2):
    torch.manual_seed(0)
    return torch.rand(9, 20) * (torch.rand(9, 20) < density)


@pytest.mark.parametrize("sparse", [False, True])
def test_it_maps_features_for_every_path(sparse):
    dense = features()
    given = dense.to_sparse_csr() if sparse else dense
    stem = GraphStem(20, SHAPE)
    torch.nn.init.normal_(stem.projection.bias)
    expected = torch.tanh(dense @ stem.projection.weight.T + stem.projection.bias)
    torch.testing.assert_close(stem(given), expected)
    states = stem.together(given, 3, None)
    assert states.shape == (3, 9, 8)
    for state in states:
        torch.testing.assert_close(state, expected)


@pytest.mark.parametrize("sparse", [False, True])
def test_features_drop_out_in_training_only(sparse):
    given = features().to_sparse_csr() if sparse else features()
    stem = GraphStem(20, replace(SHAPE, input_dropout=0.5))
    still, noisy = (stem.together(given, 2, noise) for noise in (None, Noise(torch.float32)))
    assert not torch.equal(still, noisy)
    assert torch.equal(noisy[0], noisy[1])
    assert not torch.equal(stem(given), stem(given))
    stem.eval()
    torch.testing.assert_close(stem(given), still[0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sparse_and_dense_features_give_the_same_gradients(dtype):
    dense, stem = features().to(dtype), GraphStem(20, SHAPE).to(dtype)
    weighting, found = torch.randn(2, 9, 8, dtype=dtype), []
    for given in (dense, dense.to_sparse_csr()):
        stem.zero_grad()
        (stem.together(given, 2, None) * weighting).sum().backward()
        found.append([parameter.grad.clone() for parameter in stem.parameters()])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("sparse", [False, True])
def test_at_unit_length_the_scale_of_features_is_nothing(sparse):
    dense, stem = features(), GraphStem(20, replace(SHAPE, unit_features=True))
    given, larger = ((part.to_sparse_csr() if sparse else part) for part in (dense, 7 * dense))
    torch.testing.assert_close(stem(larger), stem(given))
    torch.testing.assert_close(stem.together(larger, 2, None)[1], stem(given))
    assert not torch.allclose(stem(given), GraphStem.forward(stem, given * 0))
