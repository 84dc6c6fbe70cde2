"""Channels divided among heads."""

import torch
from torch import Tensor


def channels_of_head(width: int, heads: int) -> int:
    """Return the channels of one head.

    Raises:
        ValueError: the heads do not divide the width.
    """
    if width % heads:
        raise ValueError(f"an operation of {heads} heads cannot divide {width} channels; choose another width")
    return width // heads


def projected(states: Tensor, weights: Tensor, vectors: Tensor) -> tuple[Tensor, ...]:
    """Return the inner products of each vector with what a linear map makes of the states, head by head.

    The vectors are multiplied into the map first: a_h . (W_h x) = (W_h^T a_h) . x.

    Args:
        states: x, (G, N, C).
        weights: W, (G, C, C).
        vectors: a, K for each head, (G, K, H, C / H).

    Returns:
        K times (G, N, H).
    """
    groups, count, heads, _ = vectors.shape
    split = weights.view(groups, heads, -1, weights.shape[2])  # (G, H, C / H, C)
    folded = torch.einsum("ghdc,gkhd->gckh", split, vectors).flatten(2)  # (G, C, K H)
    products = torch.bmm(states, folded)
    return products.view(*products.shape[:2], count, heads).unbind(2)
