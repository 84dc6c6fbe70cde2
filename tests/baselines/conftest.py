from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from nni_autoattend.datasets.batches import collate
from nni_autoattend.datasets.encoded import EncodedTexts
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.settings import NetworkShape, TrainingSettings
from nni_autoattend.training.step import AdamStep

SHAPE = NetworkShape(width=16, heads=2, dropout=0.1, attention_dropout=0.1, aggregation_dropout=0.1)
DIMENSIONS = TextDimensions(vocabulary_size=20, embedding_width=12, classes=3)


def texts_of(*lengths: int, windows: int = 1, seed: int = 0) -> list[list[torch.Tensor]]:
    random = torch.Generator().manual_seed(seed)
    return [
        [torch.randint(1, 20, (length,), generator=random) for _ in range(windows if length > 2 else 1)]
        for length in lengths
    ]


def assert_padding_and_batch_mates_change_nothing(build: Callable[..., nn.Module], training: bool = False) -> None:
    """Compare each text alone with all together; ``training``: with gradients on, dropouts off."""
    torch.manual_seed(0)
    network = build(SHAPE, DIMENSIONS).eval()
    with torch.no_grad():  # what stands at padded positions must not matter, not even a vector that is no zero
        network.embedding.weight[0] = 50.0
    texts = texts_of(1, 2, 3, 4, 5, 9, 30, windows=2)
    with torch.set_grad_enabled(training):
        together = network(collate(texts))
        alone = torch.cat([network(collate([text])) for text in texts])
    assert together.shape == (7, 3)
    torch.testing.assert_close(together, alone, rtol=0, atol=2e-6)
    assert together.std(dim=0).min() > 1e-4  # texts do differ


def assert_learns(build: Callable[..., nn.Module], label: Callable[[torch.Tensor], int]) -> None:
    """Train on texts whose class is ``label(tokens)`` and expect to tell them apart."""
    torch.manual_seed(0)
    texts = texts_of(*range(3, 27), seed=3)
    encoded = EncodedTexts(texts, torch.tensor([label(text[0]) for text in texts]))
    network = build(SHAPE, DIMENSIONS)
    step = AdamStep(network, TrainingSettings(epochs=1, batch_size=24, lr=0.01, clip=1.0))
    for _ in range(60):
        step.take(collate(texts), encoded.labels)
    predicted = network.eval()(collate(texts)).argmax(dim=1)
    assert (predicted == encoded.labels).double().mean() > 0.9


@pytest.fixture
def check() -> SimpleNamespace:
    return SimpleNamespace(
        shape=SHAPE,
        dimensions=DIMENSIONS,
        texts=texts_of,
        invariant=assert_padding_and_batch_mates_change_nothing,
        learns=assert_learns,
    )
