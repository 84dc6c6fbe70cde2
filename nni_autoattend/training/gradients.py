"""Gradients that are computed apart from the weights they belong to, so that threads do not add to the same ones."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Gradients(NamedTuple):
    """Weights and their gradients, in the same order."""

    weights: Sequence[Tensor]
    values: Sequence[Tensor]

    def add(self) -> None:
        """Add them to the ``grad`` of their weights."""
        old = [(weight.grad, value) for weight, value in zip(*self, strict=True) if weight.grad is not None]
        for weight, value in zip(*self, strict=True):
            if weight.grad is None:
                weight.grad = value
        if old:
            sums, values = zip(*old, strict=True)
            torch._foreach_add_(sums, values)


def gradients_of(loss: Tensor) -> Gradients:
    """Return the gradients of ``loss`` for all weights that it was computed from; the graph is used up.

    As after ``backward``, each is a tensor of its own that lies in memory as its weight does.
    """
    weights = _leaves_of(loss)
    return Gradients(weights, _apart(weights, torch.autograd.grad(loss, weights)))


def _apart(weights: Sequence[Tensor], values: Sequence[Tensor]) -> list[Tensor]:
    """Copy the values that lie otherwise than their weights, or where another lies.

    torch's fused Adam reads weight and gradient in the order of their memory, whatever their strides: a gradient that
    is a transposed view would move every weight by the gradient of another one.
    """
    apart, places = [], set[int]()
    for weight, value in zip(weights, values, strict=True):
        if value.stride() != weight.stride() or value.data_ptr() in places:
            value = torch.empty_like(weight).copy_(value)
        places.add(value.data_ptr())
        apart.append(value)
    return apart


def _leaves_of(loss: Tensor) -> list[Tensor]:
    """Walk the graph of ``loss`` back to the tensors that gather gradients."""
    found: list[Tensor] = []
    waiting: list[Any] = [loss.grad_fn]
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        if hasattr(node, "variable"):
            found.append(node.variable)
        fresh = {before for before, _ in node.next_functions if before is not None} - seen
        seen |= fresh
        waiting += fresh
    return found
