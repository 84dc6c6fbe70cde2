from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils.rnn import pad_sequence

from nni_autoattend.datasets.batches import TextInput, TextLoader, collate
from nni_autoattend.datasets.encoded import EncodedTexts, window_tensors


def encoded(count: int = 23) -> EncodedTexts:
    """Text i has the label i and 1 + i % 7 tokens, all of them 100 + i."""
    texts = [[[100 + i] * (1 + i % 7)] for i in range(count)]
    return EncodedTexts(window_tensors(texts), torch.arange(count))


def labels_of(loader: TextLoader) -> list[list[int]]:
    return [labels.tolist() for _, labels in loader]


def test_collate_pads_masks_and_says_whose_a_window_is():
    batch = collate(window_tensors([[[5, 6, 7], [7, 8]], [[9]]]))
    assert batch.tokens.tolist() == [[5, 6, 7], [7, 8, 0], [9, 0, 0]]
    assert batch.mask.tolist() == [[True, True, True], [True, True, False], [True, False, False]]
    assert batch.owner.tolist() == [0, 0, 1]
    assert (batch.tokens.dtype, batch.mask.dtype, batch.owner.dtype) == (torch.int64, torch.bool, torch.int64)


def padded_one_by_one(texts: list[list[list[int]]]) -> TextInput:
    """Pad each window on its own: the plain reference."""
    rows = [torch.tensor(window) for text in texts for window in text]
    tokens = pad_sequence(rows, batch_first=True)
    mask = pad_sequence([torch.ones(len(row), dtype=torch.bool) for row in rows], batch_first=True)
    return TextInput(tokens, mask, torch.tensor([owner for owner, text in enumerate(texts) for _ in text]))


@given(
    st.lists(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=6), min_size=1, max_size=3), min_size=1),
    st.integers(1, 4),
    st.booleans(),
)
def test_batches_are_the_texts_of_the_order_padded(texts: list[list[list[int]]], size: int, shuffle: bool):
    loader = TextLoader(
        EncodedTexts(window_tensors(texts), torch.arange(len(texts))), size, shuffle=shuffle, pool=2, seed=5
    )
    batches = list(loader)
    assert [label for _, labels in batches for label in labels.tolist()] == loader.order.tolist()
    for batch, labels in batches:
        wanted = padded_one_by_one([texts[number] for number in labels])
        for part in ("tokens", "mask", "owner"):
            found, expected = getattr(batch, part), getattr(wanted, part)
            assert found.dtype == expected.dtype
            assert found.tolist() == expected.tolist()


def test_lists_of_tensors_are_collated_as_arrays_are():
    texts = [[[5, 6, 7], [7, 8]], [[9]]]
    found = collate([[torch.tensor(window) for window in text] for text in texts])
    wanted = collate(window_tensors(texts))
    assert all(torch.equal(getattr(found, part), getattr(wanted, part)) for part in ("tokens", "mask", "owner"))


def test_the_order_of_an_epoch_is_known():
    """Resuming a run of an earlier version relies on it."""
    loader = TextLoader(encoded(11), 3, shuffle=True, pool=2, seed=7)
    loader.set_epoch(2)
    assert labels_of(loader) == [[2, 9], [4, 5, 6], [1, 3, 10], [0, 7, 8]]


def test_to_moves_every_part():
    moved = collate(window_tensors([[[5, 6]]])).to("meta")
    assert isinstance(moved, TextInput)
    assert {part.device.type for part in (moved.tokens, moved.mask, moved.owner)} == {"meta"}


@pytest.mark.parametrize(("shuffle", "pool"), [(False, 0), (True, 0), (True, 2)])
def test_every_text_comes_once_with_its_own_label(shuffle: bool, pool: int):
    loader = TextLoader(encoded(), 4, shuffle=shuffle, pool=pool)
    batches = list(loader)
    assert len(batches) == len(loader) == 6
    assert sorted(label for _, labels in batches for label in labels.tolist()) == list(range(23))
    for text, labels in batches:
        assert text.tokens[:, 0].tolist() == (labels + 100).tolist()
        assert text.mask.sum(1).tolist() == (1 + labels % 7).tolist()


@pytest.mark.parametrize(("shuffle", "pool"), [(False, 0), (True, 0), (True, 2)])
def test_order_says_which_text_came_where(shuffle: bool, pool: int):
    loader = TextLoader(encoded(), 4, shuffle=shuffle, pool=pool, seed=3)
    assert loader.order.tolist() == [label for labels in labels_of(loader) for label in labels]


def test_without_shuffling_texts_come_by_length_whatever_the_epoch():
    loader = TextLoader(encoded(), 4, shuffle=False)
    lengths = loader.dataset.lengths[loader.order]
    assert (lengths.diff() >= 0).all()
    before = labels_of(loader)
    loader.set_epoch(5)
    assert labels_of(loader) == before


def test_the_order_depends_on_seed_and_epoch_and_nothing_else():
    loader = TextLoader(encoded(), 4, shuffle=True, pool=2, seed=7)
    torch.manual_seed(1)
    first = labels_of(loader)
    torch.manual_seed(2)
    state = torch.get_rng_state()
    assert labels_of(loader) == first
    assert torch.equal(torch.get_rng_state(), state)
    loader.set_epoch(1)
    assert labels_of(loader) != first
    assert labels_of(TextLoader(encoded(), 4, shuffle=True, pool=2, seed=8)) != first
    loader.set_epoch(0)
    assert labels_of(loader) == first


def test_pools_make_batches_of_like_length_and_mix_the_batches():
    def padding(pool: int) -> int:
        return sum(int((~text.mask).sum()) for text, _ in TextLoader(encoded(70), 5, shuffle=True, pool=pool))

    assert padding(14) == 0  # ten texts of each length, batches of five
    assert padding(0) > 0
    longest = [text.mask.shape[1] for text, _ in TextLoader(encoded(70), 5, shuffle=True, pool=14)]
    assert longest != sorted(longest)


@given(
    count=st.integers(0, 60),
    size=st.integers(1, 9),
    pool=st.integers(0, 12),
    seed=st.integers(0, 3),
    epoch=st.integers(0, 3),
)
def test_an_epoch_has_every_text_exactly_once_whatever_the_pool(
    count: int, size: int, pool: int, seed: int, epoch: int
):
    loader = TextLoader(encoded(count), size, shuffle=True, pool=pool, seed=seed)
    loader.set_epoch(epoch)
    sizes = [len(labels) for labels in labels_of(loader)]
    assert sorted(label for labels in labels_of(loader) for label in labels) == list(range(count))
    assert len(sizes) == len(loader)
    assert sorted(sizes) == sorted([size] * (count // size) + [count % size] * (count % size > 0))


def of_one_length(count: int) -> EncodedTexts:
    return EncodedTexts(window_tensors([[[7, 8, 9]]] * count), torch.arange(count))


@pytest.mark.parametrize("pool", [1, 3, 8])
def test_texts_of_one_length_are_batched_as_without_pools(pool: int):
    """Sorting must not undo the shuffling: data often stands ordered by class, and short phrases are often neutral."""
    pooled, plain = (TextLoader(of_one_length(64), 8, shuffle=True, pool=size, seed=2) for size in (pool, 0))
    assert sorted(labels_of(pooled)) == sorted(labels_of(plain))
    assert all(labels != sorted(labels) for labels in labels_of(pooled))


def test_texts_of_one_length_among_others_meet_others_every_epoch():
    loader = TextLoader(encoded(70), 5, shuffle=True, pool=14, seed=2)  # ten texts of each length: two batches
    companies = set()
    for epoch in range(6):
        loader.set_epoch(epoch)
        companies |= {frozenset(labels) for labels in labels_of(loader) if 0 in labels}
    assert len(companies) == 6


def test_start_at_yields_the_rest_of_the_epoch():
    loader = TextLoader(encoded(), 4, shuffle=True, pool=2, seed=1)
    assert [labels.tolist() for _, labels in loader.start_at(4)] == labels_of(loader)[4:]
    assert list(loader.start_at(6)) == []


def tokens_of(loader: TextLoader) -> list[int]:
    return [int(text.mask.sum()) for text, _ in loader]


def test_token_batches_hold_as_many_texts_as_fit():
    loader = TextLoader(encoded(70), shuffle=False, tokens=20)
    assert max(tokens_of(loader)) <= 20
    lengths = loader.dataset.lengths[loader.order].split([len(labels) for labels in labels_of(loader)])
    for batch, following in pairwise(lengths):
        assert batch.sum() + following[0] > 20
    assert [len(batch) for batch in lengths][:3] == [15, 8, 6]  # 10 * 1 + 5 * 2, 5 * 2 + 3 * 3, 6 * 3


@given(count=st.integers(0, 50), tokens=st.integers(1, 40), size=st.none() | st.integers(1, 9))
def test_token_batches_keep_order_length_and_start(count: int, tokens: int, size: int | None):
    loader = TextLoader(encoded(count), size, shuffle=False, tokens=tokens)
    batches = labels_of(loader)
    assert len(loader) == len(batches)
    assert loader.order.tolist() == [label for labels in batches for label in labels]
    assert sorted(loader.order.tolist()) == list(range(count))
    assert (loader.dataset.lengths[loader.order].diff() >= 0).all()
    assert all(len(labels) <= (size or count) for labels in batches)
    half = len(batches) // 2
    assert [labels.tolist() for _, labels in loader.start_at(half)] == batches[half:]


def test_tokens_of_all_windows_count_and_a_long_text_is_a_batch_of_its_own():
    texts = window_tensors([[[1, 2], [2, 3]], [[1, 2], [2, 3], [3]], [[1] * 9], [[1]], [[1, 2]]])
    loader = TextLoader(EncodedTexts(texts, torch.arange(5)), shuffle=False, tokens=5)
    assert labels_of(loader) == [[3, 0], [1], [4], [2]]
    assert tokens_of(loader) == [5, 5, 2, 9]


@pytest.mark.parametrize("sizes", [{"batch_size": 3}, {"tokens": 7}, {"batch_size": 3, "shuffle": True, "pool": 2}])
def test_distinct_batches_hold_each_text_once_and_say_which_rows_are_whose(sizes: dict[str, int]):
    texts = [[[4, 3, 2]], [[5]], [[7, 8], [8, 9]], [[5]], [[7, 8], [8, 9]], [[5, 5]], [[5]]]
    loader = TextLoader(EncodedTexts(window_tensors(texts), torch.arange(7)), **{"shuffle": False, **sizes})
    distinct = loader.distinct
    found = []
    for batch in distinct.batches:
        for owner in range(int(batch.owner[-1]) + 1):
            rows = (batch.owner == owner).nonzero().flatten().tolist()
            found.append([batch.tokens[row][batch.mask[row]].tolist() for row in rows])
    assert len(found) == 4
    assert [found[row] for row in distinct.rows.tolist()] == texts
    loader.set_epoch(3)
    assert loader.distinct is distinct


def test_an_empty_set_has_no_batches():
    loader = TextLoader(EncodedTexts([], torch.zeros(0, dtype=torch.int64)), 4, shuffle=True, pool=2)
    assert (len(loader), list(loader), loader.order.tolist()) == (0, [], [])
    assert (loader.distinct.batches, loader.distinct.rows.tolist()) == ([], [])


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"batch_size": 0}, "batch_size must be at least 1, found 0"),
        ({"batch_size": 4, "pool": -1}, "pool must be at least 0, found -1"),
        ({"tokens": 0}, "tokens must be at least 1, found 0"),
        ({}, "batch_size in texts, or tokens"),
        ({"batch_size": 4, "tokens": 9, "shuffle": True}, "not shuffled"),
    ],
)
def test_impossible_sizes_are_refused(sizes: dict[str, int], message: str):
    with pytest.raises(ValueError, match=message):
        TextLoader(encoded(), **{"shuffle": False, **sizes})
