import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from nni_autoattend.datasets import downloads
from nni_autoattend.datasets.examples import Examples, Splits
from nni_autoattend.datasets.tasks import TASKS, check, download_command, load_splits, task_names
from nni_autoattend.errors import DataError, UnknownNameError
from nni_autoattend.names import resolve
from nni_autoattend.settings import DataSettings


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(("text,label", *rows)) + "\n")
    return path


def splits(train: str, valid: str, test: str) -> Splits:
    """Each letter is the label of one text."""
    parts = [
        Examples(tuple(f"{name} {i}" for i in range(len(part))), tuple(part))
        for name, part in (("train", train), ("valid", valid), ("test", test))
    ]
    return Splits("toy", *parts)


def test_every_task_has_a_loader_and_a_description():
    assert task_names() == ["listops", "sst2", "sst5", "trec"]
    for task in TASKS.values():
        assert callable(resolve(task.loader))
        assert task.description


def test_the_embedded_task_needs_nothing():
    assert len(load_splits(DataSettings(task="listops", size=100)).train) == 100


def test_unknown_task():
    with pytest.raises(UnknownNameError, match=r"unknown task 'sst-5' \(did you mean 'sst5'\?\).*listops"):
        load_splits(DataSettings(task="sst-5"))


def test_unknown_tokenizer_is_found_before_the_data_is_read(tmp_path: Path):
    with pytest.raises(UnknownNameError, match="tokenizer"):
        load_splits(DataSettings(train=tmp_path / "absent.csv", tokenizer="spacy"))


def test_missing_vector_file_is_found_before_the_data_is_read(tmp_path: Path):
    with pytest.raises(DataError, match=r"there is no file .*glove\.txt"):
        load_splits(DataSettings(train=tmp_path / "absent.csv", vectors=tmp_path / "glove.txt"))


def test_own_files(tmp_path: Path):
    path = write(tmp_path / "mine.csv", *(f"text {i},{'ab'[i % 2]}" for i in range(40)))
    assert load_splits(DataSettings(train=path)).class_counts()["train"] == {"a": 16, "b": 16}


def test_one_class_only(tmp_path: Path):
    path = write(tmp_path / "mine.csv", *(f"text {i},same" for i in range(40)))
    with pytest.raises(DataError, match="mine: all training texts have the label 'same'; two classes are needed"):
        load_splits(DataSettings(train=path))


def test_a_column_of_amounts_is_no_column_of_classes(tmp_path: Path):
    path = write(tmp_path / "mine.csv", *(f"text {i},{i}.5" for i in range(40)))
    with pytest.raises(
        DataError, match="the valid split has 0 texts, at least 2 are needed; there are 40 different labels"
    ):
        load_splits(DataSettings(train=path))


def test_labels_that_only_the_validation_file_has(tmp_path: Path):
    train = write(tmp_path / "train.csv", *(f"text {i},{'ab'[i % 2]}" for i in range(40)))
    valid = write(tmp_path / "valid.csv", "x,a", "y,a", "z,b", "u,c", "v,c", "w,d")
    with pytest.raises(DataError, match=r"labels of the valid split that training never sees: 'c' \(2 .*, 'd' \(1 "):
        load_splits(DataSettings(train=train, valid=valid))


def test_repeats_of_training_texts_in_the_test_split_are_noted(tmp_path: Path):
    train = write(tmp_path / "train.csv", *(f"text {i},{'ab'[i % 2]}" for i in range(40)))
    valid = write(tmp_path / "valid.csv", "x,a", "y,a", "z,b")
    test = write(tmp_path / "test.csv", "text 3,a", "new,b")
    notes = load_splits(DataSettings(train=train, valid=valid, test=test)).notes
    assert notes == ("1 of 2 test texts also stand in the training split",)


@pytest.mark.parametrize(
    ("train", "valid", "test", "message"),
    [
        ("aabb", "aabb", "abc", "labels of the test split that training never sees: 'c'"),
        ("aabb", "a", "ab", "the valid split has 1 texts, at least 2 are needed"),
        ("aabb", "aab", "", "the test split has 0 texts, at least 1 are needed"),
        ("", "aab", "ab", "the train split has 0 texts"),
        ("aabb", "ab", "ab", "one text per class; it must divide into two halves"),
    ],
)
def test_splits_that_nothing_can_be_judged_by(train: str, valid: str, test: str, message: str):
    with pytest.raises(DataError, match=message):
        check(splits(train, valid, test))


def test_good_splits_pass():
    check(splits("aabb", "aab", "b"))


def test_a_root_without_the_set_names_paths_and_the_download_command(tmp_path: Path):
    with pytest.raises(DataError) as caught:
        load_splits(DataSettings(task="sst5", root=tmp_path))
    message = str(caught.value)
    for file in ("train.txt", "dev.txt", "test.txt"):
        assert str(tmp_path / "sst" / "trees" / file) in message
    command = f"""python -c 'from torchtext.datasets import SST; SST.download("{tmp_path}", check="")'"""
    assert message.endswith(command)
    assert "\n" not in message


def test_only_the_files_that_lack_are_named(tmp_path: Path):
    (tmp_path / "trec").mkdir()
    (tmp_path / "trec" / "train_5500.label").write_text("x")
    with pytest.raises(DataError, match=r"expected \S*TREC_10.label; download them with: .*TREC.download"):
        load_splits(DataSettings(task="trec", root=tmp_path))


def test_the_download_command_survives_any_folder_name():
    command = download_command(TASKS["trec"], Path('/data/it\'s "mine"'))
    python, option, code = shlex.split(command)
    assert (python, option) == ("python", "-c")
    compile(code, "command", "exec")
    assert "it's" in code


def test_without_a_root_the_set_is_downloaded_to_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked = []

    def fake(dataset: str, files: tuple[str, ...], folder: Path) -> None:
        asked.append((dataset, folder))
        (folder / "trec").mkdir(parents=True)
        for file in files:
            (folder / file).write_text("".join(f"{'NUM' if i % 2 else 'LOC'}:x question {i} ?\n" for i in range(40)))

    monkeypatch.setattr(downloads, "download", fake)
    for _ in range(2):  # the second time the files are there
        assert len(load_splits(DataSettings(task="trec")).train) == 36
    assert asked == [("TREC", tmp_path / "nni-autoattend")]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"task": "trec", "phrases": True}, "task 'trec' has no labelled sub-phrases"),
        ({"train": Path("a.csv"), "phrases": True}, "own files have no labelled sub-phrases"),
        ({"task": "listops", "valid": Path("a.csv")}, "has its own splits; --valid and --test belong to --train"),
    ],
)
def test_settings_that_would_be_ignored_are_refused(settings: dict[str, object], message: str):
    with pytest.raises(DataError, match=message):
        load_splits(DataSettings(**settings))


@pytest.mark.slow
def test_checks_import_no_torch(tmp_path: Path):
    write(tmp_path / "mine.csv", *(f"text {i},{'ab'[i % 2]}" for i in range(40)))
    program = (
        "import sys; from pathlib import Path; from nni_autoattend.datasets.tasks import load_splits; "
        "from nni_autoattend.datasets import codec, listops; from nni_autoattend.settings import DataSettings; "
        "from nni_autoattend.errors import DataError\n"
        "load_splits(DataSettings(train=Path('mine.csv'))); load_splits(DataSettings(task='listops', size=100))\n"
        "try: load_splits(DataSettings(task='sst5', root=Path('.')))\n"
        "except DataError: pass\n"
        "else: raise AssertionError\n"
        "assert not {'torch', 'torchtext', 'nltk', 'nni'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path)
