import pytest

from nni_autoattend.datasets.vocabulary import Vocabulary, build_vocabulary


def test_words_are_sorted_by_frequency_then_alphabetically():
    assert build_vocabulary([["b", "a", "c"], ["c"]]).words == ("<pad>", "<unk>", "c", "a", "b")


def test_rare_words_are_left_out_unless_the_extra_words_have_them():
    vocabulary = build_vocabulary([["a", "a", "b", "c"]], min_count=2, extra_words=["z", "b", "a", "z", "<unk>"])
    assert vocabulary.words == ("<pad>", "<unk>", "a", "z", "b")


def test_unknown_words_and_literal_padding_are_unknown():
    vocabulary = build_vocabulary([["a", "<pad>"]])
    assert vocabulary.encode(["a", "nobody", "<pad>", "<unk>"]) == [2, 1, 1, 1]
    assert len(vocabulary) == 3


@pytest.mark.parametrize("words", [("<unk>", "<pad>"), ("a", "b"), (), ("<pad>", "<unk>", "a", "a")])
def test_impossible_vocabularies_are_refused(words: tuple[str, ...]):
    with pytest.raises(ValueError, match="vocabulary"):
        Vocabulary(words)
