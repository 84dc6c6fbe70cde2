import pytest
import torch
import torch.nn.functional as F

from nni_autoattend.network.stem import Stem
from nni_autoattend.ops.noise import Noise


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


@pytest.mark.parametrize("paths", [1, 3])
@pytest.mark.parametrize("lengths", [[1], [1, 1, 1], [5, 5, 5], [2, 14, 1, 1, 2]], ids=str)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
def test_together_equals_forward_in_outputs_and_all_gradients(check, paths, lengths, dtype, tolerance):
    torch.manual_seed(0)
    stem = check.randomise(Stem(6, 8, 0.5)).to(dtype).eval()
    vectors = torch.randn(sum(lengths), 6, dtype=dtype, requires_grad=True)
    inputs = [vectors, *stem.parameters()]
    plain = check.pack(stem(check.pad(vectors, lengths), check.mask_of(lengths)), lengths)
    found = check.with_gradients(stem.together(vectors, paths, None), inputs)
    check.agree(found, check.with_gradients(plain.expand(paths, -1, -1), inputs), tolerance)


def test_each_path_has_a_dropout_of_its_own():
    torch.manual_seed(0)
    stem, vectors = Stem(6, 64, 0.25), torch.randn(50, 6)
    still, noisy = stem.together(vectors, 3, None), stem.together(vectors, 3, Noise(torch.float32))
    stays = noisy != 0
    torch.testing.assert_close(noisy[stays], still[stays] / 0.75)
    dropped = ~stays & (still != 0)
    assert dropped[still != 0].double().mean().item() == pytest.approx(0.25, abs=0.03)
    assert not torch.equal(dropped[0], dropped[1]) and not torch.equal(dropped[1], dropped[2])
