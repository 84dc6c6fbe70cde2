"""Differentiable supernets of a toy space beside the sampled path on the same weights, in double precision."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.genes import Genes
from nni_autoattend.ops.noise import Noise
from nni_autoattend.settings import NetworkShape
from nni_autoattend.space.encoder import MutableEncoder
from nni_autoattend.supernet.path_sampling import PathSamplingEncoder

GENES = Genes(3, ("addition", "attention"), ("zero", "identity", "conv1", "conv3", "maxpool3", "gru"))
SHAPE = NetworkShape(8, 2, 0.1, 0.2, 0.1)
LENGTHS = (5, 2, 1, 7, 2)
CERTAIN = 1e4
"""An alpha that leaves the others a weight of exactly zero."""


def random_alphas(genes: Genes, seed: int = 0) -> dict[str, nn.Parameter]:
    generator = torch.Generator().manual_seed(seed)
    sizes = {name: len(values) for name, values in genes.labels().items()}
    return {name: nn.Parameter(torch.randn(size, generator=generator).double()) for name, size in sizes.items()}


def certain_alphas(genes: Genes, sample: Mapping[str, Any]) -> dict[str, nn.Parameter]:
    return {
        name: nn.Parameter(torch.tensor([CERTAIN * (value == sample[name]) for value in values]).double())
        for name, values in genes.labels().items()
    }


def make(encoder: Any, mode: str, alphas: Mapping[str, nn.Parameter], genes: Genes = GENES, **kwargs: Any) -> Any:
    """Build a supernet through its mutation hook; equal modes have equal weights, all of them random."""
    space = MutableEncoder(genes, SHAPE, mode)  # type: ignore[arg-type]
    made = encoder.mutate(space, "encoder", dict(alphas), kwargs).double().eval()
    torch.manual_seed(0)
    for weight in made.weights.parameters():
        nn.init.normal_(weight, std=0.5 if weight.dim() == 1 else weight.shape[-1] ** -0.5)
    return made


def outputs_and_gradients(encoder: Any, inputs: Sequence[Tensor], seed: int | None = None) -> list[Tensor]:
    """Run on random states; return the output and the gradients of states, weights and ``inputs`` (absent: zero).

    ``seed``: of dropout; ``None``: evaluation.
    """
    layout = TokenLayout.of(LENGTHS)
    generator = torch.Generator().manual_seed(1)
    states, weighting = (torch.randn(1, layout.tokens, 8, generator=generator).double() for _ in range(2))
    states.requires_grad_()
    noise = None
    if seed is not None:
        torch.manual_seed(seed)
        noise = Noise(torch.float64)
    output = encoder(states, layout, noise)
    wanted = [states, *encoder.weights.parameters(), *inputs]
    gradients = torch.autograd.grad((output * weighting).sum(), wanted, allow_unused=True, materialize_grads=True)
    return [output.detach(), *gradients]


def assert_equal(found: Sequence[Tensor], expected: Sequence[Tensor]) -> None:
    """Compare to 1e-9 of the largest gradient."""
    largest = max(float(tensor.abs().max()) for tensor in expected)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-9 * largest)


def sampled_path(mode: str, sample: Mapping[str, Any], genes: Genes = GENES) -> PathSamplingEncoder:
    path: PathSamplingEncoder = make(PathSamplingEncoder, mode, {}, genes)
    path.resample(dict(sample))
    return path


@pytest.fixture(scope="session")
def toy() -> SimpleNamespace:
    return SimpleNamespace(
        genes=GENES,
        shape=SHAPE,
        lengths=LENGTHS,
        random_alphas=random_alphas,
        certain_alphas=certain_alphas,
        make=make,
        run=outputs_and_gradients,
        equal=assert_equal,
        sampled_path=sampled_path,
    )
