"""PairedBatches: an epoch of training batches, each beside a batch of shuffled validation texts."""

from itertools import islice

import pytest
import torch

from nni_autoattend.datasets.batches import TextLoader
from nni_autoattend.errors import DataError
from nni_autoattend.strategy.paired_batches import PairedBatches


def test_other_loaders_are_paired_as_they_are_and_validation_starts_over():
    pairs = PairedBatches(["a", "b", "c"], ["x", "y"])
    assert list(pairs) == [{"train": "a", "val": "x"}, {"train": "b", "val": "y"}, {"train": "c", "val": "x"}]
    assert len(pairs) == 3


def test_a_longer_validation_does_not_lengthen_the_epoch():
    assert len(list(PairedBatches(["a"], ["x", "y", "z"]))) == 1


def test_validation_that_is_empty_is_told():
    with pytest.raises(DataError, match="validation"):
        next(iter(PairedBatches(["a"], [])))


def test_texts_of_validation_come_shuffled_in_batches_of_training_size(text_data):
    train = TextLoader(text_data.train, 8, shuffle=True, pool=2, seed=1)
    validation = TextLoader(text_data.search, shuffle=False, tokens=4096)
    pairs = PairedBatches(train, validation)
    assert len(validation) == 1 and len(pairs) == len(train) == 6
    epochs = []
    for epoch in range(2):
        train.set_epoch(epoch)
        epochs.append([pair["val"] for pair in pairs])
    texts = len(text_data.search)
    sizes = [len(labels) for _, labels in epochs[0]]
    assert [sorted(sizes[start : start + 2]) for start in (0, 2, 4)] == [[4, 8]] * 3  # 12 texts: whole passes
    for epoch in epochs:
        labels = torch.cat([labels for _, labels in islice(epoch, 2)])
        assert torch.equal(labels.sort().values, text_data.search.labels.sort().values) and len(labels) == texts
    orders = [[text.tokens.tolist() for text, _ in epoch[start : start + 2]] for epoch in epochs for start in (0, 2, 4)]
    assert all(one != other for number, one in enumerate(orders) for other in orders[:number])
    train.set_epoch(1)
    again = [pair["val"] for pair in pairs]
    assert [text.tokens.tolist() for text, _ in again] == [text.tokens.tolist() for text, _ in epochs[1]]
    train.set_epoch(1)
    for pair, (text, labels) in zip(pairs, train, strict=True):  # the training batches are the loader's own
        assert torch.equal(pair["train"][0].tokens, text.tokens) and torch.equal(pair["train"][1], labels)
