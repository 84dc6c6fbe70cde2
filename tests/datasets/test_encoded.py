import pytest
import torch

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
    assert window_tensors([]) == []


def test_texts_without_labels_are_refused():
    with pytest.raises(ValueError, match="1 texts but 2 labels"):
        EncodedTexts(window_tensors([[[1]]]), torch.tensor([0, 1]))
