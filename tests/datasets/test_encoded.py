import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nni_autoattend.datasets.codec import TextCodec
from nni_autoattend.datasets.encoded import EncodedTexts, encode, window_tensors
from nni_autoattend.datasets.vocabulary import build_vocabulary

TOKENS = [["a", "b", "c", "d", "e"], ["b"], []]


def test_encode_gives_the_windows_of_the_codec_as_tensors():
    codec = TextCodec("whitespace", build_vocabulary(TOKENS), ("x", "y"), 4)
    encoded = encode(codec, TOKENS, ["y", "x", "y"])
    assert len(encoded) == 3
    assert [[window.tolist() for window in text] for text in encoded.windows] == [
        codec.encode_tokens(tokens) for tokens in TOKENS
    ]
    assert encoded.labels.tolist() == [1, 0, 1]
    assert encoded.labels.dtype == encoded.windows[0][0].dtype == torch.int64


def test_lengths_are_those_of_the_longest_windows():
    encoded = EncodedTexts(window_tensors([[[1, 2, 3], [2, 3]], [[4]]]), torch.tensor([0, 1]))
    assert encoded.lengths.tolist() == [3, 1]


def test_no_texts_are_no_tensors():
    assert list(window_tensors([])) == []
    encoded = EncodedTexts([], torch.zeros(0, dtype=torch.int64))
    assert [part.tolist() for part in (encoded.lengths, encoded.token_counts)] == [[], []]
    assert encoded.lengths.dtype == encoded.token_counts.dtype == torch.int64


def test_texts_may_come_one_by_one():
    texts = [[[1, 2, 3], [2, 3]], [[4]]]
    assert windows_of(EncodedTexts(window_tensors(iter(texts)), torch.tensor([0, 1]))) == texts


def test_lists_of_tensors_are_texts_too():
    encoded = EncodedTexts([[torch.tensor([1, 2, 3]), torch.tensor([2, 3])], [torch.tensor([4])]], torch.tensor([0, 1]))
    assert windows_of(encoded) == [[[1, 2, 3], [2, 3]], [[4]]]
    assert (encoded.lengths.tolist(), encoded.token_counts.tolist()) == ([3, 1], [5, 1])


def test_texts_without_labels_are_refused():
    with pytest.raises(ValueError, match="1 texts but 2 labels"):
        EncodedTexts(window_tensors([[[1]]]), torch.tensor([0, 1]))


def test_token_counts_are_those_of_all_windows():
    encoded = EncodedTexts(window_tensors([[[1, 2, 3], [2, 3]], [[4]]]), torch.tensor([0, 1]))
    assert encoded.token_counts.tolist() == [5, 1]


def windows_of(encoded: EncodedTexts) -> list[list[list[int]]]:
    return [[window.tolist() for window in text] for text in encoded.windows]


def test_distinct_texts_stand_once_in_the_order_of_their_first_occurrence():
    texts = [[[5]], [[7, 8]], [[5]], [[8, 7]], [[7, 8]], [[5, 5]]]
    distinct = EncodedTexts(window_tensors(texts), torch.tensor([0, 1, 2, 3, 4, 5])).distinct
    assert windows_of(distinct.texts) == [[[5]], [[7, 8]], [[8, 7]], [[5, 5]]]
    assert distinct.inverse.tolist() == [0, 1, 0, 2, 1, 3]
    assert distinct.texts.labels.tolist() == [0, 1, 3, 5]


def test_texts_differ_when_any_window_does():
    texts = [[[1, 2], [2, 3]], [[1, 2], [2, 4]], [[1, 2]], [[1, 2, 2, 3]], [[1], [2, 2, 3]], [[1, 2], [2, 3]]]
    distinct = EncodedTexts(window_tensors(texts), torch.arange(6)).distinct
    assert distinct.inverse.tolist() == [0, 1, 2, 3, 4, 0]


@given(st.lists(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=2), min_size=1, max_size=2), max_size=30))
def test_distinct_texts_and_their_inverse_give_all_texts_back(texts: list[list[list[int]]]):
    encoded = EncodedTexts(window_tensors(texts), torch.arange(len(texts)))
    distinct, inverse = encoded.distinct.texts, encoded.distinct.inverse.tolist()
    found = windows_of(distinct)
    assert [found[number] for number in inverse] == texts
    assert len({str(text) for text in found}) == len(found)
    assert encoded.distinct is encoded.distinct


def test_no_texts_have_no_distinct_ones():
    distinct = EncodedTexts([], torch.zeros(0, dtype=torch.int64)).distinct
    assert (len(distinct.texts), distinct.inverse.tolist(), distinct.inverse.dtype) == (0, [], torch.int64)


def test_texts_without_a_known_word_are_one():
    codec = TextCodec("whitespace", build_vocabulary(TOKENS), ("x", "y"), 4)
    assert encode(codec, [[], ["?"], ["!"], ["a"]], ["x", "y", "x", "y"]).distinct.inverse.tolist() == [0, 0, 0, 1]
