from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch.nn import functional as F

from nni_autoattend.baselines.text_cnn import TextCNNBaseline
from nni_autoattend.datasets.batches import collate


def test_padding_and_batch_mates_change_nothing(check: SimpleNamespace) -> None:
    check.invariant(TextCNNBaseline)


def test_learns_from_neighbouring_words(check: SimpleNamespace) -> None:
    check.learns(TextCNNBaseline, lambda tokens: int((tokens[1:] > tokens[:-1] + 8).any()))


@pytest.mark.parametrize("length", [1, 3, 4, 8])
def test_filters_see_the_text_and_nothing_else(check: SimpleNamespace, length: int) -> None:
    network = TextCNNBaseline(check.shape, check.dimensions).eval()
    tokens = check.texts(length)[0][0]
    features = []
    for convolution in network.convolutions:
        filled = F.pad(network.embedding(tokens).T, (0, max(0, convolution.kernel_size[0] - length)))
        features.append(convolution(filled).relu().amax(dim=1))
    expected = network.classifier(torch.cat(features))
    torch.testing.assert_close(network(collate([[tokens]]))[0], expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("width", "maps"), [(16, 100), (256, 256)])
def test_published_size_or_that_of_wider_networks(check: SimpleNamespace, width: int, maps: int) -> None:
    network = TextCNNBaseline(replace(check.shape, width=width), check.dimensions)
    assert [(item.kernel_size[0], item.out_channels) for item in network.convolutions] == [
        (3, maps),
        (4, maps),
        (5, maps),
    ]
    assert network.dropout.p == 0.5
