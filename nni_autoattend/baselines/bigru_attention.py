"""Baseline: a bidirectional GRU whose states are averaged by attention."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from nni_autoattend.datasets.batches import TextInput
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.network.head import max_over_windows
from nni_autoattend.network.text import build_embedding
from nni_autoattend.settings import NetworkShape


class BiGRUAttentionBaseline(nn.Module):
    """h = BiGRU(words); u = tanh(W h + b); a = softmax(u . context); text = sum of a h; linear classifier.

    Sources: Yang et al. 2016, "Hierarchical Attention Networks for Document Classification", its word level (attention
    as wide as the two directions together); the same with several contexts is Lin et al. 2017, "A Structured
    Self-Attentive Sentence Embedding". Ours: each direction is as wide as the searched networks' states; the word
    vectors are normed, as theirs are; texts of several windows take the maximum, channel by channel, as theirs do.

    Args:
        shape: width of each direction, and the dropout on word vectors and on the text's vector.
        dimensions: sizes that the data gives.
    """

    def __init__(self, shape: NetworkShape, dimensions: TextDimensions) -> None:
        super().__init__()
        both = 2 * shape.width
        self.embedding = build_embedding(dimensions)
        self.norm = nn.LayerNorm(dimensions.embedding_width)
        self.dropout = nn.Dropout(shape.dropout)
        self.recurrence = nn.GRU(dimensions.embedding_width, shape.width, batch_first=True, bidirectional=True)
        self.attention = nn.Linear(both, both)
        self.context = nn.Linear(both, 1, bias=False)
        self.classifier = nn.Linear(both, dimensions.classes)

    def forward(self, text: TextInput) -> Tensor:
        """Return the logits (texts, classes) of ``text``."""
        vectors = self.dropout(self.norm(self.embedding(text.tokens)))  # (R, L, E)
        windows = self._attend(self._read(vectors, text.mask), text.mask)
        logits: Tensor = self.classifier(self.dropout(max_over_windows(windows, text.owner, text.texts)))
        return logits

    def _read(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """Return the states (R, L, 2 width) of both directions; each starts at the row's own last token."""
        lengths = mask.sum(dim=1).cpu()
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        states: Tensor = pad_packed_sequence(self.recurrence(packed)[0], batch_first=True, total_length=mask.shape[1])[
            0
        ]
        return states

    def _attend(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return the attention's mean (R, 2 width) of ``states``."""
        scores = self.context(torch.tanh(self.attention(states))).squeeze(-1)  # (R, L)
        shares: Tensor = scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
        return (shares.unsqueeze(-1) * states).sum(dim=1)
