import pytest

from nni_autoattend.datasets.examples import Examples, Splits


def examples(*rows: tuple[str, str]) -> Examples:
    texts, labels = zip(*rows, strict=True)
    return Examples(texts, labels)


def splits(train: Examples) -> Splits:
    return Splits("toy", train, examples(("b", "1")), examples(("c", "1")))


def test_take_keeps_texts_and_labels_together_in_the_order_asked_for():
    taken = examples(("a", "1"), ("b", "2"), ("c", "3")).take([2, 0])
    assert taken == examples(("c", "3"), ("a", "1"))
    assert len(taken) == 2


def test_take_labels_drops_the_others():
    assert examples(("a", "1"), ("b", "2"), ("c", "1")).take_labels(["1"]).texts == ("a", "c")


def test_texts_without_labels_are_refused():
    with pytest.raises(ValueError, match="2 texts but 1 labels"):
        Examples(("a", "b"), ("1",))


@pytest.mark.parametrize("other", [(("a", "2"), ("x", "1")), (("a ", "1"), ("x", "1")), (("x", "1"), ("a", "1"))])
def test_fingerprint_changes_with_a_label_a_text_and_the_order(other: tuple[tuple[str, str], ...]):
    original = splits(examples(("a", "1"), ("x", "1")))
    assert original.fingerprint() == splits(examples(("a", "1"), ("x", "1"))).fingerprint()
    assert original.fingerprint() != splits(examples(*other)).fingerprint()


def test_fingerprint_sees_a_text_that_moves_to_another_split():
    a, b, c = examples(("a", "1")), examples(("b", "1")), examples(("c", "1"))
    assert Splits("toy", a, b, c).fingerprint() != Splits("toy", b, a, c).fingerprint()


def test_fingerprint_takes_any_text():
    assert len(splits(examples(("\ud800 é 日", "1"))).fingerprint()) == 64


def test_labels_follow_the_given_order_then_numbers_by_size_then_the_alphabet():
    part = examples(("a", "10"), ("b", "9"), ("c", "zero"), ("d", "good"), ("e", "bad"))
    assert Splits("toy", part, part, part, (), ("good", "absent", "bad")).labels == ("good", "bad", "9", "10", "zero")


def test_class_counts_name_every_label_in_every_split():
    counts = splits(examples(("a", "1"), ("b", "2"), ("c", "2"))).class_counts()
    assert counts == {"train": {"1": 1, "2": 2}, "valid": {"1": 1, "2": 0}, "test": {"1": 1, "2": 0}}
