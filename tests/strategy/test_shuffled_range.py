"""ShuffledRange: a permutation at every size, by seed, and far into sizes that nothing could hold."""

from collections import Counter

import pytest

from nni_autoattend.strategy.shuffled_range import ShuffledRange


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 17, 64, 1000, 1025])
def test_every_number_once(size):
    assert sorted(ShuffledRange(size, seed=3)) == list(range(size))


def test_the_seed_alone_decides_the_order():
    assert list(ShuffledRange(500, 1)) == list(ShuffledRange(500, 1)) != list(ShuffledRange(500, 2))


def test_large_sizes_are_shuffled_too():
    size = 10**76 + 7
    order = ShuffledRange(size, 0)
    first = [order[position] for position in range(2000)]
    assert len(set(first)) == 2000 and all(0 <= number < size for number in first)
    tenths = Counter(number * 10 // size for number in first)
    lasts = Counter(number % 10 for number in first)
    for counts in (tenths, lasts):
        assert set(counts) == set(range(10)) and all(140 < count < 260 for count in counts.values())


def test_what_is_no_position_or_no_size_is_refused():
    with pytest.raises(IndexError):
        ShuffledRange(5, 0)[5]
    with pytest.raises(ValueError, match="at least one"):
        ShuffledRange(0, 0)
