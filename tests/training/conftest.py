"""A toy: texts of numbers whose class is their first token modulo 3, and a small network with dropout."""

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from nni_autoattend.datasets.batches import TextInput, TextLoader
from nni_autoattend.datasets.encoded import EncodedTexts

POISON = 11
"""Texts with this token have no finite logits."""


class ToyNetwork(nn.Module):
    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        vectors = torch.linspace(-1, 1, 48).sin().reshape(12, 4)  # as read from a file: the same in every network
        self.frozen = nn.Embedding.from_pretrained(vectors, freeze=True)
        torch.manual_seed(seed)
        self.embedding = nn.Embedding(12, 8)
        self.dropout = nn.Dropout(0.3)
        self.classifier = nn.Linear(12, 3)

    def forward(self, text: TextInput) -> Tensor:
        states = torch.cat([self.frozen(text.tokens), self.embedding(text.tokens)], dim=-1)
        rows = (self.dropout(states) * text.mask.unsqueeze(-1)).sum(dim=1)
        poisoned = torch.where((text.tokens == POISON).any(dim=1), torch.nan, 0.0)
        sums = torch.zeros(int(text.owner[-1]) + 1, 12).index_add(0, text.owner, rows)
        return self.classifier(sums) + torch.zeros(len(sums)).index_add(0, text.owner, poisoned).unsqueeze(-1)


def toy_texts(count: int, seed: int, poisoned: int = 0) -> EncodedTexts:
    random = torch.Generator().manual_seed(seed)
    windows, labels = [], []
    for index in range(count):
        first = int(torch.randint(1, 10, (1,), generator=random))
        rest = torch.randint(9, 11, (int(torch.randint(0, 5, (1,), generator=random)),), generator=random)
        tokens = torch.cat([torch.tensor([first]), rest])
        if index < poisoned:
            tokens[0] = POISON
        windows.append([tokens, tokens[:1]] if index % 3 == 0 else [tokens])
        labels.append(first % 3)
    return EncodedTexts(windows, torch.tensor(labels))


@pytest.fixture
def toy() -> SimpleNamespace:
    return SimpleNamespace(
        Network=ToyNetwork,
        texts=toy_texts,
        train=lambda poisoned=0: TextLoader(toy_texts(23, 1, poisoned), 5, shuffle=True, pool=2, seed=4),
        selection=lambda: TextLoader(toy_texts(17, 2), 4, shuffle=False),
    )
