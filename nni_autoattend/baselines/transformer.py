"""Baseline: a Transformer encoder."""

import math

import torch
from torch import Tensor, nn

from nni_autoattend.datasets.batches import TextInput
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.network.head import Head
from nni_autoattend.network.text import build_embedding
from nni_autoattend.settings import NetworkShape

LAYERS = 6
FEED_FORWARD = 4
"""Width of the feed-forward part, in widths of the state."""


class TransformerEncoderBaseline(nn.Module):
    """Six encoder layers over word vectors with sinusoidal positions.

    Sources: Vaswani et al. 2017 (6 layers, ReLU feed-forward of four times the width, sinusoidal positions); Xiong et
    al. 2020, "On Layer Normalization in the Transformer Architecture" (norm before each part and after the last layer,
    which trains at a constant learning rate, without warm-up). Ours: the word vectors are normed before the
    projection, so that they are as large as the positions, and the head is that of the searched networks.

    Args:
        shape: width, heads and dropout rates.
        dimensions: sizes that the data gives.
    """

    def __init__(self, shape: NetworkShape, dimensions: TextDimensions) -> None:
        super().__init__()
        self.embedding = build_embedding(dimensions)
        self.norm = nn.LayerNorm(dimensions.embedding_width)
        self.projection = nn.Linear(dimensions.embedding_width, shape.width)
        self.dropout = nn.Dropout(shape.dropout)
        self.layers = nn.ModuleList(_layer(shape) for _ in range(LAYERS))
        self.last_norm = nn.LayerNorm(shape.width)
        self.head = Head(shape.width, dimensions.classes)

    def forward(self, text: TextInput) -> Tensor:
        """Return the logits (texts, classes) of ``text``."""
        states = self.projection(self.norm(self.embedding(text.tokens)))  # (R, L, C)
        states = self.dropout(states + sinusoids(states.shape[1], states.shape[2]).to(states))
        for layer in self.layers:
            states = layer(states, src_key_padding_mask=~text.mask)
        logits: Tensor = self.head(self.last_norm(states), text.mask, text.owner)
        return logits


def sinusoids(length: int, width: int) -> Tensor:
    """Return positions (length, width): sines in even channels, cosines in odd (Vaswani et al. 2017, section 3.5)."""
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))
    angles = torch.arange(length).unsqueeze(1) * rates
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :width]


def _layer(shape: NetworkShape) -> nn.TransformerEncoderLayer:
    layer = nn.TransformerEncoderLayer(
        shape.width, shape.heads, FEED_FORWARD * shape.width, shape.dropout, batch_first=True, norm_first=True
    )
    layer.self_attn.dropout = shape.attention_dropout
    return layer
