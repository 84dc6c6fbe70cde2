"""From word vectors to the first state."""

import torch.nn.functional as F
from torch import Tensor, nn

from nni_autoattend.ops.dropout import thin
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.token_operation import keep_real


class Stem(nn.Module):
    """Norm, a linear map of each word vector to the state's width, ReLU, dropout. No positions are added (as released).

    Args:
        embedding_width: width of a word vector.
        width: channels of the state.
        dropout: rate after the ReLU.
    """

    def __init__(self, embedding_width: int, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(embedding_width)
        self.projection = nn.Linear(embedding_width, width)
        self.dropout = dropout

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """Map ``vectors`` (R, L, embedding_width) to a state (R, L, width), zero where ``mask`` (R, L) is false."""
        projected = keep_real(self.projection(self.norm(vectors)), mask)
        return F.dropout(F.relu(projected), self.dropout, self.training)

    def together(self, vectors: Tensor, paths: int, noise: Noise | None) -> Tensor:
        """Map packed ``vectors`` (T, embedding_width) to states (P, T, width): one map, a dropout for each path."""
        mapped = F.relu(self.projection(self.norm(vectors)))
        return thin(mapped.expand(paths, *mapped.shape), self.dropout, noise)
