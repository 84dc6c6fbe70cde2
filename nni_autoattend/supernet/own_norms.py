"""Operations that share their matrices with other contexts and keep norms of their own (sharing mode ``affine``).

What a context owns is the affine map of the norm before the operation, a scale s and a shift t per channel, so that it
sees its own W diag(s) x + (W t + b) of common weights W and b. That is the conditional normalisation of Dumoulin et al.
(ICLR 2017: an affine map per painting style, common convolutions) and of slimmable networks (Yu et al., ICLR 2019: a
norm per width), here keyed by an edge's context.

Why the norm and nothing more: W t is a bias already, so a convolution's own bias would add next to nothing. A GRU's
own biases would, but device kernels want them in one chunk with its matrices. A max-pooling has nothing but its norm
and so is as in mode ``full``. Matrices that also knew the source's kind (mode ``source``) or the role (``target``)
would take 1.9 or 3.1 times the weights.
"""

import copy
from typing import TypeVar

from torch import nn

OperationT = TypeVar("OperationT", bound=nn.Module)


def with_own_norms(operation: OperationT) -> OperationT:
    """Return a module whose layer norms are copies of ``operation``'s and whose other parts are ``operation``'s own.

    The parts are the very same objects, so training one module trains the other; no matrix is built or copied.
    """
    parts = [part for part in operation.children() if not isinstance(part, nn.LayerNorm)]
    return copy.deepcopy(operation, {id(part): part for part in parts})  # deepcopy takes the known parts as they are
