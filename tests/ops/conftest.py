"""One operation both ways: the plain reference on padded rows, the fast one on packed tokens."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops.graph_scored import ScoredOperation
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.operation import EdgeOperation
from nni_autoattend.ops.table import build_operation
from nni_autoattend.settings import NetworkShape


def build(name: str, count: int, width: int = 4, dropout: float = 0.0) -> list[EdgeOperation]:
    """Build ``count`` modules of one operation with random weights everywhere; a norm's are no longer one and zero."""
    modules = [build_operation(name, NetworkShape(width, 1, dropout, 0.0, 0.0)) for _ in range(count)]
    for module in modules:
        for parameter in module.parameters():
            torch.nn.init.normal_(parameter, std=0.7 if parameter.dim() == 1 else 1.4 * width**-0.5)
    return modules


def mask_of(lengths: Sequence[int]) -> Tensor:
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def pack(states: Tensor, lengths: Sequence[int]) -> Tensor:
    """(G, R, L, C) -> (G, T, C)."""
    return states.flatten(1, 2)[:, TokenLayout.of(lengths).places]


def run_plain(modules: Sequence[EdgeOperation], states: Tensor, lengths: Sequence[int]) -> Tensor:
    """Run each module's ``forward`` on its states (G, R, L, C); return the real tokens, packed."""
    mask = mask_of(lengths)
    padded = states * mask.unsqueeze(-1)
    return pack(torch.stack([module(own, mask) for module, own in zip(modules, padded, strict=True)]), lengths)


def run_fast(
    modules: Sequence[EdgeOperation], states: Tensor, lengths: Sequence[int], noise: Noise | None = None
) -> Tensor:
    """Run ``together`` on the same states."""
    packed = pack(states, lengths)
    normed = F.layer_norm(packed, packed.shape[-1:]) if list(modules[0].parameters()) else packed
    return type(modules[0]).together(modules, normed, TokenLayout.of(lengths), noise)


def with_gradients(output: Tensor, inputs: Sequence[Tensor]) -> list[Tensor]:
    """Return ``output`` and the gradients of a fixed random sum of it."""
    weighting = torch.randn(output.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    gradients = torch.autograd.grad((output * weighting.to(output.dtype)).sum(), inputs)
    return [output.detach(), *gradients]


def assert_agree(found: Sequence[Tensor], expected: Sequence[Tensor], tolerance: float) -> None:
    """Compare tensor by tensor; ``tolerance`` is relative to each tensor's largest entry."""
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=tolerance * float(other.abs().max()))


def assert_fast_equals_plain(
    name: str, lengths: Sequence[int], chosen: Sequence[int], dtype: torch.dtype, tolerance: float, width: int = 4
) -> None:
    """Compare outputs and all gradients; ``chosen`` says which module runs in each place, the same one twice or not."""
    torch.manual_seed(sum(lengths))
    modules = [module.to(dtype) for module in build(name, max(chosen) + 1, width)]
    states = torch.randn(len(chosen), len(lengths), max(lengths), width, dtype=dtype, requires_grad=True)
    inputs = [states, *(weight for number in sorted(set(chosen)) for weight in modules[number].parameters())]
    placed = [modules[number] for number in chosen]
    found, expected = (with_gradients(run(placed, states, lengths), inputs) for run in (run_fast, run_plain))
    assert_agree(found, expected, tolerance)


@pytest.fixture(scope="session")
def check() -> SimpleNamespace:
    return SimpleNamespace(
        build=build,
        mask_of=mask_of,
        pack=pack,
        run_plain=run_plain,
        run_fast=run_fast,
        with_gradients=with_gradients,
        agree=assert_agree,
        fast_equals_plain=assert_fast_equals_plain,
    )


@pytest.fixture
def attends_by(graphs: SimpleNamespace) -> Callable[..., None]:
    """Compare a scored operation on a graph with the formula written out for all pairs of nodes.

    Its ``score`` takes what one head has of the N nodes, (N, C / H), and that head's vectors, (K, C / H).
    """

    def check(kind: type[ScoredOperation], score: Callable[[Tensor, Tensor], Tensor]) -> None:
        torch.manual_seed(0)
        layout, states = graphs.random_layout(9, 16, 0), torch.randn(9, 8).double()
        operation = kind(8, 0.0, "elu", 2).double()
        for parameter in operation.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
        missing = graphs.adjacency(layout, loops=True) == 0
        expected = torch.zeros(9, 8).double()
        for head, own in enumerate((slice(0, 4), slice(4, 8))):
            mapped = states @ operation.linear.weight[own].T
            scores = score(mapped, operation.vectors[:, head]).masked_fill(missing, float("-inf"))
            expected[:, own] = scores.softmax(1) @ mapped
        torch.testing.assert_close(operation(states, layout), F.elu(expected + operation.bias))

    return check
