"""Baseline: convolutions over words, maximum over time."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nni_autoattend.datasets.batches import TextInput
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.network.head import max_over_windows
from nni_autoattend.network.text import build_embedding
from nni_autoattend.settings import NetworkShape

FILTERS = (3, 4, 5)
"""Widths of the filters in tokens."""
FEATURE_MAPS = 100
DROPOUT = 0.5


class TextCNNBaseline(nn.Module):
    """Filters of 3, 4 and 5 words, ReLU, maximum over time, dropout, linear classifier.

    Source: Kim 2014, "Convolutional Neural Networks for Sentence Classification": 100 feature maps per width and
    dropout 0.5 before the classifier. Ours: wider networks get as many maps as the searched ones have channels; there
    is no norm constraint on the classifier; filters see real tokens only, a text shorter than a filter is filled up
    with zeros to its width, so padding changes nothing; of several windows of a text the maximum counts.

    Args:
        shape: width of the searched networks; Kim's dropout stays what it is.
        dimensions: sizes that the data gives.
    """

    def __init__(self, shape: NetworkShape, dimensions: TextDimensions) -> None:
        super().__init__()
        maps = max(FEATURE_MAPS, shape.width)
        self.embedding = build_embedding(dimensions)
        self.convolutions = nn.ModuleList(nn.Conv1d(dimensions.embedding_width, maps, size) for size in FILTERS)
        self.dropout = nn.Dropout(DROPOUT)
        self.classifier = nn.Linear(maps * len(FILTERS), dimensions.classes)

    def forward(self, text: TextInput) -> Tensor:
        """Return the logits (texts, classes) of ``text``."""
        vectors = self.embedding(text.tokens) * text.mask.unsqueeze(-1)
        columns = F.pad(vectors.transpose(1, 2), (0, max(FILTERS) - 1))  # (R, E, L + 4)
        lengths = text.mask.sum(dim=1, keepdim=True)  # (R, 1)
        filters = zip(self.convolutions, FILTERS, strict=True)
        found = torch.cat([_strongest(one, size, columns, lengths) for one, size in filters], dim=1)
        logits: Tensor = self.classifier(self.dropout(max_over_windows(found, text.owner, text.texts)))
        return logits


def _strongest(convolution: nn.Module, size: int, columns: Tensor, lengths: Tensor) -> Tensor:
    """Return the maximum (R, maps) over the places where the filter lies within the text; the first counts always."""
    features: Tensor = convolution(columns).relu()  # (R, maps, places)
    places = torch.arange(features.shape[2], device=features.device)
    last = (lengths - size).clamp(min=0)
    outside = places > last  # (R, places)
    return features.masked_fill(outside.unsqueeze(1), float("-inf")).amax(dim=2)
