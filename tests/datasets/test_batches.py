import pytest
import torch

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


def test_to_moves_every_part():
    moved = collate(window_tensors([[[5, 6]]])).to("meta")
    assert isinstance(moved, TextInput)
    assert {part.device.type for part in moved} == {"meta"}


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


def test_start_at_yields_the_rest_of_the_epoch():
    loader = TextLoader(encoded(), 4, shuffle=True, pool=2, seed=1)
    assert [labels.tolist() for _, labels in loader.start_at(4)] == labels_of(loader)[4:]
    assert list(loader.start_at(6)) == []


def test_an_empty_set_has_no_batches():
    loader = TextLoader(EncodedTexts([], torch.zeros(0, dtype=torch.int64)), 4, shuffle=True, pool=2)
    assert (len(loader), list(loader), loader.order.tolist()) == (0, [], [])


@pytest.mark.parametrize(("size", "pool"), [(0, 0), (4, -1)])
def test_impossible_sizes_are_refused(size: int, pool: int):
    with pytest.raises(ValueError, match="at least"):
        TextLoader(encoded(), size, shuffle=True, pool=pool)
