from collections import Counter

import pytest

from nni_autoattend.datasets.listops import CLASSES, MAX_DEPTH, MAX_TOKENS, evaluate, generate, listops
from nni_autoattend.datasets.tokenizers import tokenizer
from nni_autoattend.settings import DataSettings


@pytest.mark.parametrize(
    ("sentence", "label"),
    [
        ("[MAX 2 9 [MIN 4 7 ] 0 ]", "9"),
        ("[MIN 3 1 8 ]", "1"),
        ("[MED 1 9 4 ]", "4"),
        ("[MED 1 4 ]", "2"),
        ("[MED 9 0 3 4 ]", "3"),
        ("[SM 9 9 [SM 1 2 ] ]", "1"),
        ("[SM [MAX 1 2 ] [MIN 3 [MED 5 6 7 ] ] ]", "5"),
    ],
)
def test_evaluate(sentence: str, label: str):
    assert evaluate(sentence) == label


def test_the_long_originals_evaluate_to_their_labels(shared_data):
    rows = (shared_data / "listops" / "test_d20s.tsv").read_text().splitlines()[:300]
    for row in rows:
        label, sentence = row.split("\t")
        assert evaluate(sentence.replace("(", " ").replace(")", " ")) == label


def test_sentences_are_short_balanced_different_and_rightly_labelled():
    examples = generate(500, 0)
    assert set(Counter(examples.labels).values()) == {50}
    assert len(set(examples.texts)) == 500
    for text, label in zip(examples.texts, examples.labels, strict=True):
        assert evaluate(text) == label
        assert len(text.split()) <= MAX_TOKENS
        assert _depth(text) <= MAX_DEPTH
    assert {_depth(text) for text in examples.texts} == {1, 2, 3}


def test_the_seed_decides():
    assert generate(50, 1) == generate(50, 1)
    assert generate(50, 1) != generate(50, 2)


def test_splits_have_the_promised_sizes_and_share_nothing():
    splits = listops(DataSettings(task="listops", size=200))
    assert {name: len(part) for name, part in splits.parts().items()} == {"train": 200, "valid": 40, "test": 50}
    texts = [text for part in splits.parts().values() for text in part.texts]
    assert len(set(texts)) == 290
    assert splits.labels == CLASSES
    assert set(splits.valid.labels) == set(splits.test.labels) == set(CLASSES)


def test_the_default_tokenizer_keeps_the_tokens():
    for text in generate(50, 0).texts:
        assert tokenizer("basic_english")(text) == text.lower().split()


def _depth(sentence: str) -> int:
    level = deepest = 0
    for token in sentence.split():
        level += token.startswith("[")
        deepest = max(deepest, level)
        level -= token == "]"
    return deepest
