import math
from types import SimpleNamespace

import pytest
import torch

from nni_autoattend.baselines.transformer import TransformerEncoderBaseline, sinusoids
from nni_autoattend.datasets.batches import collate


@pytest.mark.parametrize("training", [False, True])  # torch has a path of its own for evaluation
def test_padding_and_batch_mates_change_nothing(check: SimpleNamespace, training: bool) -> None:
    check.invariant(TransformerEncoderBaseline, training)


def test_learns_from_the_order_of_words(check: SimpleNamespace) -> None:
    check.learns(TransformerEncoderBaseline, lambda tokens: int(tokens[0] > tokens[-1]))


def test_the_order_of_words_matters(check: SimpleNamespace) -> None:
    network = TransformerEncoderBaseline(check.shape, check.dimensions).eval()
    tokens = torch.tensor([1, 2, 3, 4])
    there, back = network(collate([[tokens]])), network(collate([[tokens.flip(0)]]))
    assert (there - back).abs().max() > 1e-4


def test_six_layers_of_the_published_size(check: SimpleNamespace) -> None:
    network = TransformerEncoderBaseline(check.shape, check.dimensions)
    width = 16
    layer = 4 * (width * width + width) + 2 * 4 * width * width + 4 * width + width + 4 * width
    assert sum(parameter.numel() for parameter in network.layers.parameters()) == 6 * layer
    assert all(item.norm_first and item.self_attn.dropout == 0.1 for item in network.layers)


@pytest.mark.parametrize("width", [6, 7])
def test_sinusoids_are_the_formula_of_the_paper(width: int) -> None:
    positions = sinusoids(9, width)
    assert positions.shape == (9, width)
    for place in range(9):
        for channel in range(width):
            angle = place / 10_000 ** (2 * (channel // 2) / width)
            expected = math.cos(angle) if channel % 2 else math.sin(angle)
            assert positions[place, channel].item() == pytest.approx(expected, abs=1e-5)
