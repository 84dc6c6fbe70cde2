"""Operations that share their matrices with other contexts and own a small part (sharing mode ``affine``).

On tokens a context owns the affine map of the norm before the operation, a scale s and a shift t per channel, so that
it sees its own W diag(s) x + (W t + b) of common weights W and b. That is the conditional normalisation of Dumoulin et
al. (ICLR 2017: an affine map per painting style, common convolutions) and of slimmable networks (Yu et al., ICLR 2019:
a norm per width), here keyed by an edge's context. On graphs no norm stands before an operation: a context owns the
biases, and what it sees is W x + b of a common W and a b of its own.

Why the norm and nothing more: W t is a bias already, so a convolution's own bias would add next to nothing. A GRU's
own biases would, but device kernels want them in one chunk with its matrices. A max-pooling has nothing but its norm
and so is as in mode ``full``. Matrices that also knew the source's kind (mode ``source``) or the role (``target``)
would take 1.9 or 3.1 times the weights.
"""

import copy
from collections.abc import Iterator
from typing import TypeVar

from torch import nn

OperationT = TypeVar("OperationT", bound=nn.Module)


def with_own_affine(operation: OperationT) -> OperationT:
    """Return a module with copies of ``operation``'s layer norms, or of its biases where it has no norm.

    Its other parts are the very same objects, so training one module trains the other; no matrix is built or copied.
    """
    common = {id(part): part for part in _common_parts(operation)}
    return copy.deepcopy(operation, common)  # deepcopy takes the known parts as they are


def _common_parts(operation: nn.Module) -> Iterator[nn.Module | nn.Parameter]:
    if any(isinstance(part, nn.LayerNorm) for part in operation.children()):
        yield from (part for part in operation.children() if not isinstance(part, nn.LayerNorm))
    else:
        yield from (weight for name, weight in operation.named_parameters() if name.rpartition(".")[2] != "bias")
