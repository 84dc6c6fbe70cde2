import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
import torchtext.data.dataset

from nni_autoattend.datasets.downloads import download
from nni_autoattend.datasets.tasks import TASKS
from nni_autoattend.errors import DataError

TREES, QUESTIONS = TASKS["sst5"].files, TASKS["trec"].files


def serve(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str, str], None]) -> None:
    """Let ``answer(url, path)`` stand for the network."""
    monkeypatch.setattr(torchtext.data.dataset, "download_from_url", answer)


def test_questions_arrive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    serve(monkeypatch, lambda url, path: Path(path).write_text(f"NUM:x from {url}") and None)
    download("TREC", QUESTIONS, tmp_path / "new")
    assert (tmp_path / "new" / "trec" / "TREC_10.label").read_text().endswith("TREC_10.label")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["trec"]
    assert capsys.readouterr().out == ""  # standard output belongs to results


def test_trees_are_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def answer(url: str, path: str) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for file in TREES:
                archive.writestr(file.removeprefix("sst/"), "(2 ok)")

    serve(monkeypatch, answer)
    download("SST", TREES, tmp_path)
    assert all((tmp_path / file).read_text() == "(2 ok)" for file in TREES)


def unreachable(url: str, path: str) -> None:
    raise requests.ConnectionError("no route")


def error_page(url: str, path: str) -> None:
    Path(path).write_text("<html>404</html>")


def half(url: str, path: str) -> None:
    if "train" in path:
        Path(path).write_text("NUM:x ok")


@pytest.mark.parametrize(
    ("dataset", "files", "answer", "message"),
    [
        ("TREC", QUESTIONS, unreachable, "ConnectionError: no route"),
        ("TREC", QUESTIONS, error_page, "web page instead of train_5500.label"),
        ("TREC", QUESTIONS, half, "FileNotFoundError"),
        ("SST", TREES, error_page, "BadZipFile"),
    ],
)
def test_a_failed_download_leaves_nothing_and_says_where_files_may_go(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    dataset: str,
    files: tuple[str, ...],
    answer: Callable[[str, str], None],
    message: str,
):
    serve(monkeypatch, answer)
    with pytest.raises(DataError, match=message) as caught:
        download(dataset, files, tmp_path / "cache")
    assert all(str(tmp_path / "cache" / file) in str(caught.value) for file in files)
    assert list((tmp_path / "cache").iterdir()) == []
