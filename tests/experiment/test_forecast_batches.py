from typing import Any

import pytest
import torch

from nni_autoattend.datasets.encoded import EncodedTexts, window_tensors
from nni_autoattend.experiment.forecast_batches import FewBatches, sample_epoch, scored_tokens, thinned, tokens_of
from nni_autoattend.settings import TrainingSettings


def texts(lengths: list[int]) -> EncodedTexts:
    """Texts of so many tokens, all different."""
    windows = [[[number + 2] * length] for number, length in enumerate(lengths)]
    return EncodedTexts(window_tensors(windows), torch.zeros(len(lengths), dtype=torch.int64))


def training(pool: int) -> TrainingSettings:
    return TrainingSettings(epochs=1, batch_size=10, lr=0.1, bucket_pool=pool)


def test_timed_batches_are_of_several_lengths_and_real() -> None:
    encoded = texts(list(range(1, 101)))
    epoch = sample_epoch(encoded, training(pool=5), seed=3)
    assert epoch.count == len(epoch.tokens) == 10
    assert list(epoch.tokens) == sorted(epoch.tokens)
    timed = [tokens_of(batch) for batch in epoch.timed]
    assert len(set(timed)) == 4 and max(timed) == epoch.tokens[-1]
    assert min(timed) < timed[0] < max(timed)
    assert tokens_of(epoch.warm_up) == epoch.tokens[1]
    assert all(len(classes) == 10 for _, classes in epoch.timed)


def test_an_epoch_of_one_batch() -> None:
    epoch = sample_epoch(texts([3, 5]), training(pool=0), seed=0)
    assert (epoch.count, len(epoch.timed), epoch.tokens) == (1, 1, (8,))


def test_batches_that_take_too_long_are_left_out_and_memory_is_scaled() -> None:
    epoch = sample_epoch(texts(list(range(1, 101))), training(pool=10), seed=0)
    largest = max(epoch.timed, key=tokens_of)
    assert epoch.affordable(0.0, 1.0) == (largest, *epoch.timed)
    first, *few = epoch.affordable(1.0, 3.0 * tokens_of(epoch.timed[0]))
    assert few == [epoch.timed[0], epoch.timed[2]] and first is epoch.timed[0]
    assert epoch.affordable(1.0, 0.0) == (epoch.warm_up, epoch.warm_up)
    assert epoch.enlarged(tokens_of(first), few) == epoch.tokens[-1]


def test_few_batches_are_a_loader() -> None:
    batches: list[Any] = ["a", "b", "c"]
    loader = FewBatches(batches)
    loader.set_epoch(7)
    assert (len(loader), list(loader), list(loader.start_at(1))) == (3, batches, ["b", "c"])


def test_thinned_texts_are_of_all_lengths_and_distinct() -> None:
    encoded = texts([1, 9, 5, 3, 7])
    few = thinned(encoded, 3)
    assert few.lengths.tolist() == [1, 5, 9]
    twice = EncodedTexts([*encoded.windows, *encoded.windows], torch.zeros(10, dtype=torch.int64))
    assert len(thinned(twice, 100)) == 5
    assert scored_tokens(twice) == scored_tokens(encoded) == 25


def test_a_graph_is_one_batch_and_stays_whole(communities: Any) -> None:
    _, _, data = communities
    epoch = sample_epoch(data.train, training(pool=5), seed=0)
    nodes = data.train.layout.nodes
    assert (epoch.count, len(epoch.timed), epoch.tokens) == (1, 1, (nodes,))
    assert thinned(data.search, 1) is data.search
    assert scored_tokens(data.search) == nodes
    with pytest.raises(TypeError, match="cannot tell what scoring a list reads"):
        scored_tokens([])  # type: ignore[arg-type]
