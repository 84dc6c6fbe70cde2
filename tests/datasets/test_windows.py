import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nni_autoattend.datasets.windows import Windows

TEXTS = [[[5, 6, 7], [7, 8]], [[9]], [[1, 2], [2, 3], [3]], [[9]]]
WINDOW = st.lists(st.integers(0, 2), min_size=1, max_size=3)
MANY = st.lists(st.lists(WINDOW, min_size=1, max_size=3), max_size=12)


def windows_of(texts: list[list[list[int]]]) -> Windows:
    return Windows.of([[torch.tensor(window) for window in text] for text in texts])


def values(windows: Windows) -> list[list[list[int]]]:
    return [[window.tolist() for window in text] for text in windows]


def test_texts_are_lists_of_tensors():
    windows = windows_of(TEXTS)
    assert len(windows) == 4
    assert values(windows) == TEXTS
    assert {window.dtype for text in windows for window in text} == {torch.int64}
    assert [window.tolist() for window in windows[np.int64(2)]] == TEXTS[2]
    assert [window.tolist() for window in windows[-2]] == TEXTS[2]
    for outside in (4, -5):
        with pytest.raises(IndexError):
            windows[outside]


def test_what_is_kept_is_a_few_bytes_a_token():
    windows = windows_of(TEXTS)
    assert windows.tokens.dtype == np.int32
    assert windows.tokens.tolist() == [5, 6, 7, 7, 8, 9, 1, 2, 2, 3, 3, 9]
    assert windows.starts.tolist() == [0, 3, 5, 6, 8, 10, 11, 12]
    assert windows.firsts.tolist() == [0, 2, 3, 6, 7]
    assert (windows.lengths.tolist(), windows.counts.tolist()) == ([3, 2, 1, 2, 2, 1, 1], [2, 1, 3, 1])


def test_a_tensor_that_was_handed_out_can_be_written_to_without_harm():
    windows = windows_of(TEXTS)
    windows[0][0].zero_()
    assert values(windows) == TEXTS


def test_arrays_stay_as_they_are():
    windows = windows_of(TEXTS)
    assert Windows.of(windows) is windows


@given(MANY, st.data())
def test_taken_texts_are_the_ones_asked_for(texts: list[list[list[int]]], data: st.DataObject):
    chosen = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=8)) if texts else []
    taken = windows_of(texts).take(np.array(chosen, np.int64))
    assert values(taken) == [texts[number] for number in chosen]


@given(MANY, st.slices(12))
def test_slices_are_those_of_a_list(texts: list[list[list[int]]], part: slice):
    cut = windows_of(texts)[part]
    assert isinstance(cut, Windows)
    assert values(cut) == texts[part]


@given(MANY)
def test_equal_texts_and_only_they_are_identical(texts: list[list[list[int]]]):
    found = list(windows_of(texts).identities())
    assert [[one == other for other in found] for one in found] == [
        [text == other for other in texts] for text in texts
    ]


@pytest.mark.parametrize(
    ("lengths", "counts", "message"),
    [
        ([2], [1], "3 tokens and 1 windows"),
        ([2, 1], [1], "3 tokens and 2 windows"),
        ([3], [1, 0], "a text needs at least one window"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(lengths: list[int], counts: list[int], message: str):
    with pytest.raises(ValueError, match=message):
        Windows(np.array([4, 5, 6]), np.array(lengths), np.array(counts))
