import builtins
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from nni_autoattend.datasets.tasks import load_splits
from nni_autoattend.errors import DataError
from nni_autoattend.settings import DataSettings

TREES = [
    "(4 (2 It) (4 (2 's) (4 caf\u00e9)))",
    "(0 (1 bad) (2 film))",
    "(2 plain)",
    "(1 (2 so) (1 so))",
    "(3 (3 good) (2 film))",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "sst" / "trees").mkdir(parents=True)
    for name in ("train", "dev", "test"):
        (tmp_path / "sst" / "trees" / f"{name}.txt").write_text("\n".join(TREES * 2) + "\n", encoding="utf-8")
    (tmp_path / "trec").mkdir()
    lines = [f"{'NUM:dist' if i % 2 else 'LOC:city'} What is {i} ?\n" for i in range(40)]
    (tmp_path / "trec" / "train_5500.label").write_bytes("".join(lines).encode() + b"LOC:city sister\xf0city ?\n")
    (tmp_path / "trec" / "TREC_10.label").write_text("".join(lines[:4]))
    return tmp_path


def rows(part) -> list[tuple[str, str]]:
    return list(zip(part.texts, part.labels, strict=True))


SENTENCES = [
    ("It 's caf\u00e9", "very positive"),
    ("bad film", "very negative"),
    ("plain", "neutral"),
    ("so so", "negative"),
    ("good film", "positive"),
]


def test_sst5_has_sentences_with_five_readable_labels(root: Path):
    splits = load_splits(DataSettings(task="sst5", root=root))
    assert rows(splits.train) == rows(splits.valid) == rows(splits.test) == SENTENCES * 2
    assert splits.labels == ("very negative", "negative", "neutral", "positive", "very positive")


def test_sst2_merges_degrees_and_drops_neutral_texts(root: Path):
    splits = load_splits(DataSettings(task="sst2", root=root))
    merged = [(text, label.removeprefix("very ")) for text, label in SENTENCES if label != "neutral"]
    assert rows(splits.train) == rows(splits.test) == merged * 2
    assert splits.labels == ("negative", "positive")


def test_phrases_have_labels_of_their_own_and_sentences_count_twice(root: Path):
    splits = load_splits(DataSettings(task="sst5", root=root, phrases=True))
    for part in (splits.train, splits.valid):
        counts = Counter(rows(part))
        assert counts["'s caf\u00e9", "very positive"] == 2
        assert counts["caf\u00e9", "very positive"] == 2
        assert counts["film", "neutral"] == 4
        assert counts["It 's caf\u00e9", "very positive"] == 4
        assert len(part) == 2 * (5 + 3 + 1 + 3 + 3) + 2 * 5
    assert rows(splits.test) == SENTENCES * 2
    assert any("phrases" in note for note in splits.notes)


def test_phrases_of_sst2_drop_neutral_phrases(root: Path):
    splits = load_splits(DataSettings(task="sst2", root=root, phrases=True))
    assert ("film", "neutral") not in rows(splits.train)
    assert Counter(rows(splits.train))["good", "positive"] == 2


def test_trees_are_utf8_whatever_the_locale_says(root: Path, monkeypatch: pytest.MonkeyPatch):
    real = open

    def latin(path, *args, encoding="latin-1", **more):
        return real(path, *args, encoding=encoding, **more)

    monkeypatch.setattr(builtins, "open", latin)
    import torchtext.datasets.sst as module

    assert load_splits(DataSettings(task="sst5", root=root)).train.texts[0] == "It 's caf\u00e9"
    assert not hasattr(module, "open")


def test_trec_splits_validation_off_train(root: Path):
    splits = load_splits(DataSettings(task="trec", root=root))
    assert splits.class_counts()["valid"] == {"LOC": 2, "NUM": 2}
    assert (len(splits.train), len(splits.test)) == (37, 4)
    assert rows(splits.test)[1] == ("What is 1 ?", "NUM")
    assert "sister city ?" in splits.train.texts + splits.valid.texts
    assert splits.notes[0] == "valid: 10% of train, stratified, seed 0"


def test_nothing_is_written_into_the_root(root: Path):
    before = sorted(root.rglob("*"))
    for task in ("sst5", "trec"):
        load_splits(DataSettings(task=task, root=root))
    assert sorted(root.rglob("*")) == before


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("sst/trees/dev.txt", b"(2 (2 cut\n", "dev.txt is not what torchtext expects"),
        ("sst/trees/dev.txt", b"", "dev.txt is not what torchtext expects: it holds no texts"),
        ("sst/trees/dev.txt", b"(7 odd)\n", "dev.txt is not what torchtext expects: '7'"),
        ("sst/trees/dev.txt", b"(2 caf\xe9)\n", "dev.txt is not what torchtext expects: 'utf-8'"),
    ],
)
def test_broken_trees(root: Path, file: str, content: bytes, message: str):
    (root / file).write_bytes(content)
    with pytest.raises(DataError, match=message):
        load_splits(DataSettings(task="sst5", root=root))


def test_broken_questions(root: Path):
    (root / "trec" / "TREC_10.label").write_text("How far is it ?\n")
    with pytest.raises(DataError, match="trec is not what torchtext expects: unknown labels \\['How'\\]"):
        load_splits(DataSettings(task="trec", root=root))


def test_real_trec(shared_data: Path):
    before = sorted((shared_data / "trec").iterdir())
    splits = load_splits(DataSettings(task="trec", root=shared_data))
    assert (len(splits.train) + len(splits.valid), len(splits.test)) == (5452, 500)
    assert len(splits.valid) == 546
    assert len(splits.labels) == 6
    assert sorted((shared_data / "trec").iterdir()) == before


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_real_sst(shared_data: Path):
    def sizes(**settings: object) -> tuple[int, ...]:
        return tuple(map(len, load_splits(DataSettings(root=shared_data, **settings)).parts().values()))

    assert sizes(task="sst5") == (8544, 1101, 2210)
    assert sizes(task="sst2") == (6920, 872, 1821)


def test_the_tasks_are_read_without_pandas() -> None:
    program = "import sys, nni_autoattend.datasets.torchtext_tasks; print('pandas' in sys.modules)"  # a second a trial
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
