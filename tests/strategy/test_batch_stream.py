"""BatchStream: the rest of an interrupted epoch is the rest of the whole one."""

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from nni_autoattend.datasets.batches import TextLoader
from nni_autoattend.datasets.encoded import EncodedTexts
from nni_autoattend.strategy.batch_stream import BatchStream


def shuffling():
    return DataLoader(TensorDataset(torch.arange(20)), batch_size=3, shuffle=True)


@pytest.mark.parametrize("done", [0, 1, 4, 7])
def test_any_shuffling_loader_goes_on_where_it_stood(done):
    torch.manual_seed(0)
    stream = BatchStream(shuffling())
    iterator = stream.epoch(0, 0, None)
    for _ in range(done):
        next(iterator)
    torch.rand(3)  # the work between the batches draws too
    state, generator = stream.state(), torch.get_rng_state()
    rest = [(index, batch[0].tolist()) for index, batch in iterator]
    torch.manual_seed(99)
    torch.set_rng_state(generator)
    resumed = BatchStream(shuffling()).epoch(0, done, state)
    assert torch.equal(torch.get_rng_state(), generator)
    assert [(index, batch[0].tolist()) for index, batch in resumed] == rest
    assert len(rest) == 7 - done


def test_a_loader_of_ours_starts_anywhere_and_knows_its_epoch():
    encoded = EncodedTexts([[torch.tensor([i])] for i in range(10)], torch.arange(10))
    loader = TextLoader(encoded, 2, shuffle=True, seed=1)
    whole = [labels.tolist() for _, (_, labels) in BatchStream(loader).epoch(3, 0, None)]
    rest = [labels.tolist() for _, (_, labels) in BatchStream(loader).epoch(3, 2, None)]
    assert whole[2:] == rest
    assert whole != [labels.tolist() for _, (_, labels) in BatchStream(loader).epoch(4, 0, None)]
    assert len(BatchStream(loader)) == 5
