import torch
import torch.nn.functional as F

from nni_autoattend.network.stem import Stem


def test_norms_projects_and_masks():
    torch.manual_seed(0)
    stem, vectors = Stem(6, 8, 0.5).eval(), torch.randn(2, 3, 6)
    mask = torch.tensor([[True, True, True], [True, False, False]])
    states = stem(vectors, mask)
    expected = F.linear(F.layer_norm(vectors, (6,)), stem.projection.weight, stem.projection.bias).relu()
    torch.testing.assert_close(states[mask], expected[mask])
    assert not states[~mask].any()
    assert states.shape == (2, 3, 8)


def test_zero_vectors_have_finite_gradients():
    stem, vectors = Stem(6, 8, 0.0), torch.zeros(1, 2, 6, requires_grad=True)
    stem(vectors, torch.tensor([[True, False]])).sum().backward()
    assert vectors.grad.isfinite().all()
    assert not vectors.grad[0, 1].any()
