from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import nni_autoattend.datasets.prepare as preparing
from nni_autoattend.datasets.examples import Examples, Splits
from nni_autoattend.datasets.prepare import TextData, embedding_matrix, prepare, usual_length
from nni_autoattend.datasets.tasks import load_splits
from nni_autoattend.datasets.vectors import WordVectors
from nni_autoattend.datasets.vocabulary import UNKNOWN, build_vocabulary
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.settings import DataSettings


def toy(name: str, count: int) -> Examples:
    return Examples(
        tuple(f"{name} word{i} ends" for i in range(count)), tuple(("no", "yes")[i % 2] for i in range(count))
    )


SPLITS = Splits("toy", toy("train", 20), toy("valid", 9), toy("test", 4), ("a note",), ("yes", "no"))


def settings(**more: object) -> DataSettings:
    return DataSettings(**{"task": "listops", "tokenizer": "whitespace", "min_count": 1, **more})


def words(data: TextData, split: str) -> list[str]:
    return [" ".join(data.codec.decode(windows)) for windows in getattr(data, split).windows]


def test_every_split_is_encoded_with_its_labels():
    data = prepare(settings(), SPLITS, None)
    assert data.labels == ("yes", "no")
    assert words(data, "train") == list(SPLITS.train.texts)
    assert data.train.labels.tolist() == [1, 0] * 10
    assert (data.name, data.metric) == ("toy", "accuracy")
    assert data.class_counts["valid"] == {"yes": 4, "no": 5}
    assert data.notes[0] == "a note"
    assert data.dimensions == TextDimensions(len(data.codec.vocabulary), 128, 2)


def test_a_repeated_text_is_tokenized_once(monkeypatch: pytest.MonkeyPatch):
    seen: list[str] = []

    def spying(text: str) -> list[str]:
        seen.append(text)
        return text.split()

    train = Examples(("a b", "c", "a b", "b"), ("yes", "no", "yes", "no"))
    splits = Splits("toy", train, Examples(("c", "a b", "d", "e"), ("no", "yes", "no", "yes")), train.take([0]))
    monkeypatch.setattr(preparing, "tokenizer", lambda name: spying)
    data = prepare(settings(), splits, None)
    assert sorted(seen) == ["a b", "b", "c", "d", "e"]
    assert words(data, "train") == ["a b", "c", "a b", "b"]
    assert words(data, "test") == ["a b"]
    assert sorted(words(data, "search") + words(data, "selection")) == ["<unk>", "<unk>", "a b", "c"]


def test_the_vocabulary_comes_from_train_alone():
    data = prepare(settings(), SPLITS, None)
    assert set(data.codec.vocabulary.words) == {"<pad>", "<unk>", "train", "ends", *(f"word{i}" for i in range(20))}
    assert words(data, "test")[0] == "<unk> word0 ends"


def test_validation_divides_into_two_disjoint_stratified_halves():
    data = prepare(settings(), SPLITS, None)
    assert sorted(words(data, "search") + words(data, "selection")) == sorted(
        text.replace("valid", "<unk>") for text in SPLITS.valid.texts
    )
    assert data.selection.labels.bincount().tolist() == [2, 2]
    assert data.search.labels.bincount().tolist() == [2, 3]
    other = prepare(settings(split_seed=1), SPLITS, None)
    assert sorted(words(other, "search")) != sorted(words(data, "search"))


def test_window_length_is_a_percentile_of_train_unless_named():
    assert usual_length([["x"] * 10] * 19 + [["x"] * 50]) == 10
    assert usual_length([["x"] * 10] * 18 + [["x"] * 50] * 2) == 50
    assert usual_length([["x"]]) == 2
    assert prepare(settings(), SPLITS, None).codec.max_length == 3
    data = prepare(settings(max_length=2), SPLITS, None)
    assert [len(windows) for windows in data.train.windows] == [2] * 20
    assert data.notes[-1] == "windows of 2 tokens; 20 of 20 training texts are longer and slide"


def test_rare_words_are_unknown():
    data = prepare(settings(min_count=2), SPLITS, None)
    assert set(words(data, "train")) == {"train <unk> ends"}


def test_a_vector_file_adds_its_words_and_is_kept_with_the_run(tmp_path: Path):
    (tmp_path / "glove.txt").write_text("ends 1 2 3\nvalid 4 5 6\n")
    data = prepare(settings(vectors=tmp_path / "glove.txt"), SPLITS, tmp_path / "run")
    vocabulary = data.codec.vocabulary
    assert vocabulary.words[-1] == "valid"
    assert any(text.startswith("valid") for text in words(data, "search"))
    file = tmp_path / "run" / "embedding.safetensors"
    assert data.dimensions == TextDimensions(len(vocabulary), 3, 2, False, str(file))
    matrix = load_file(file)["embedding"]
    assert matrix[vocabulary.words.index("ends")].tolist() == [1, 2, 3]
    assert matrix[vocabulary.words.index("valid")].tolist() == [4, 5, 6]
    first = file.read_bytes()
    prepare(settings(vectors=tmp_path / "glove.txt"), SPLITS, tmp_path / "run")
    assert file.read_bytes() == first


def test_tuned_vectors_are_said_to_be_tuned(tmp_path: Path):
    (tmp_path / "glove.txt").write_text("ends 1 2 3\n")
    data = prepare(settings(vectors=tmp_path / "glove.txt", tune_vectors=True), SPLITS, tmp_path)
    assert data.dimensions.tune_embedding


def test_word_vectors_need_a_folder(tmp_path: Path):
    (tmp_path / "glove.txt").write_text("ends 1 2 3\n")
    with pytest.raises(ValueError, match="need a folder"):
        prepare(settings(vectors=tmp_path / "glove.txt"), SPLITS, None)


def test_words_without_a_vector_are_drawn_and_padding_is_zero():
    vocabulary = build_vocabulary([[f"w{i}" for i in range(500)]], extra_words=["known"])
    vectors = WordVectors(("known", "<unk>"), torch.full((2, 8), 7.0))
    matrix = embedding_matrix(vocabulary, vectors, 0)
    assert matrix.shape == (503, 8)
    assert matrix[0].abs().max() == 0
    assert matrix[-1].tolist() == [7.0] * 8
    drawn = matrix[1:-1]
    assert 0.24 < drawn.abs().max() <= 0.25
    assert abs(float(drawn.mean())) < 0.01
    assert torch.equal(matrix, embedding_matrix(vocabulary, vectors, 0))
    assert not torch.equal(matrix, embedding_matrix(vocabulary, vectors, 1))


def test_the_embedded_task_end_to_end():
    chosen = DataSettings(task="listops", size=100)
    data = prepare(chosen, load_splits(chosen), None)
    assert (len(data.train), len(data.search), len(data.selection), len(data.test)) == (100, 10, 10, 25)
    assert data.dimensions.classes == 10
    assert len(data.codec.vocabulary) == 2 + 10 + 4 + 1


def test_by_default_the_unknown_word_is_one_that_training_sees():
    data = prepare(DataSettings(task="listops", tokenizer="whitespace"), SPLITS, None)
    assert any(UNKNOWN in text for text in words(data, "train"))
