import gc
import weakref

import pytest
import torch

from nni_autoattend.ops import feature_map
from nni_autoattend.ops.feature_map import map_features
from nni_autoattend.ops.noise import Noise


def bag(nodes=30, words=50):
    torch.manual_seed(0)
    return torch.rand(nodes, words) * (torch.rand(nodes, words) < 0.1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sparse_features_are_mapped_as_dense_ones(dtype):
    dense = bag().to(dtype)
    found = []
    for given in (dense, dense.to_sparse_csr()):
        weight = torch.randn(4, 50, dtype=dtype, generator=torch.Generator().manual_seed(1)).requires_grad_()
        output = map_features(given, weight, torch.ones(4, dtype=dtype), 0.0, None)
        output.square().sum().backward()
        found.append((output.detach(), weight.grad))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


def test_dropout_of_sparse_features_takes_stored_values():
    """With a map to each word by itself, outputs are the features after dropout."""
    dense = (bag(400, 50) > 0).float()
    left = map_features(dense.to_sparse_csr(), torch.eye(50), torch.zeros(50), 0.25, Noise(torch.float32, 0))
    assert not left[dense == 0].any()
    stored = left[dense == 1]
    assert (stored == 0).double().mean().item() == pytest.approx(0.25, abs=0.03)
    torch.testing.assert_close(stored[stored > 0], torch.full_like(stored[stored > 0], 1 / 0.75))


def test_gradients_under_dropout_are_the_derivatives():
    features = bag(6, 8).double().to_sparse_csr()
    weight = torch.randn(3, 8, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(3, dtype=torch.float64, requires_grad=True)

    def run(*own):
        return map_features(features, *own, 0.4, Noise(torch.float64, 2))

    assert torch.autograd.gradcheck(run, [weight, bias])


def test_what_is_known_of_features_goes_with_them():
    features = bag().to_sparse_csr()
    weight = torch.randn(4, 50, requires_grad=True)
    map_features(features, weight, torch.zeros(4), 0.0, None).sum().backward()
    assert features in feature_map._TURNED
    gone = weakref.ref(feature_map._TURNED[features][0])
    del features
    gc.collect()
    assert gone() is None
