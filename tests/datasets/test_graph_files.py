import shlex
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch_geometric.datasets

from nni_autoattend.datasets.graph_files import dataset, download_command, root_with_files
from nni_autoattend.datasets.graph_task import GraphTask
from nni_autoattend.datasets.graph_tasks import GRAPH_TASKS
from nni_autoattend.errors import DataError

TASK = GraphTask("a toy", "x:y", ("toys/One/raw/a.txt", "toys/One/raw/b.txt"), "Toys", "One", "toys")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "nni-autoattend"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for file in TASK.files:
        (tmp_path / "data" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / file).write_text(file)
    return tmp_path / "data"


def toys(answer) -> type:
    """A data set of torch-geometric's; to make it is to download it."""

    class Toys:
        def __init__(self, root: str, name: str) -> None:
            self.root, self.name = root, name
            answer(Path(root) / name / "raw")

    return Toys


def write_both(raw: Path) -> None:
    raw.mkdir(parents=True)
    (raw / "a.txt").write_text("a")
    (raw / "b.txt").write_text("b")


def test_a_data_root_is_copied_and_left_as_it_was(root: Path, cache: Path):
    before = sorted(root.rglob("*"))
    folder = root_with_files("toy", TASK, root)
    assert folder.parent == cache / "graphs"
    assert [(folder / file).read_text() for file in TASK.files] == list(TASK.files)
    (folder / "toys/One/processed").mkdir()
    assert sorted(root.rglob("*")) == before
    assert root_with_files("toy", TASK, root) == folder
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["a.txt", "b.txt"]


def test_changed_files_are_another_copy(root: Path):
    folder = root_with_files("toy", TASK, root)
    (root / TASK.files[1]).write_text("changed")
    other = root_with_files("toy", TASK, root)
    assert other != folder
    assert (other / TASK.files[1]).read_text() == "changed"
    assert (folder / TASK.files[1]).read_text() == TASK.files[1]


def test_a_copy_that_was_interrupted_is_finished(root: Path):
    folder = root_with_files("toy", TASK, root)
    (folder / TASK.files[0]).unlink()
    assert root_with_files("toy", TASK, root) == folder
    assert (folder / TASK.files[0]).read_text() == TASK.files[0]


def test_missing_files_are_named_with_the_command_that_fetches_them(root: Path):
    (root / TASK.files[0]).unlink()
    with pytest.raises(DataError) as refused:
        root_with_files("toy", TASK, root)
    told = str(refused.value)
    assert f"lacks files of task 'toy': expected {root / TASK.files[0]};" in told
    assert "from torch_geometric.datasets import Toys; Toys(" in told
    assert str(root / TASK.files[1]) not in told


def test_a_cache_that_cannot_be_written(root: Path, cache: Path):
    cache.parent.mkdir(parents=True)
    cache.write_text("a file")
    with pytest.raises(DataError, match=r"cannot be copied to .* name another cache with XDG_CACHE_HOME"):
        root_with_files("toy", TASK, root)


def test_without_a_root_the_files_are_downloaded_once(cache: Path, monkeypatch: pytest.MonkeyPatch):
    asked: list[Path] = []
    monkeypatch.setattr(
        torch_geometric.datasets, "Toys", toys(lambda raw: (asked.append(raw), write_both(raw))), raising=False
    )
    assert root_with_files("toy", TASK, None) == cache
    assert (cache / TASK.files[1]).read_text() == "b"
    assert root_with_files("toy", TASK, None) == cache
    assert len(asked) == 1
    assert not list(cache.glob(".download-*"))


def test_a_broken_download_leaves_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(raw: Path) -> None:
        raw.mkdir(parents=True)
        (raw / "a.txt").write_text("half of it")
        raise OSError("connection lost")

    monkeypatch.setattr(torch_geometric.datasets, "Toys", toys(broken), raising=False)
    with pytest.raises(DataError, match=r"download of task 'toy' failed \(OSError: connection lost\); fetch it else"):
        root_with_files("toy", TASK, None)
    assert not list(cache.rglob("*.txt"))


def test_the_data_set_gets_its_folder_and_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch_geometric.datasets, "Toys", toys(write_both), raising=False)
    found = dataset(TASK, tmp_path)
    assert (found.root, found.name) == (str(tmp_path / "toys"), "One")


@pytest.mark.parametrize("name", [name for name, task in GRAPH_TASKS.items() if task.files])
def test_every_download_command_is_python(name: str, tmp_path: Path):
    words = shlex.split(download_command(GRAPH_TASKS[name], tmp_path / "it's here"))
    assert words[:2] == ["python", "-c"]
    compile(words[2], "command", "exec")
    assert "it's here" in words[2]


def test_arxiv_is_downloaded_by_ogb(cache: Path, monkeypatch: pytest.MonkeyPatch):
    task = GRAPH_TASKS["ogbn-arxiv"]
    monkeypatch.setitem(sys.modules, "ogb", None)
    with pytest.raises(DataError, match="package ogb, which is not installed: pip install ogb, or name a folder"):
        root_with_files("ogbn-arxiv", task, None)

    class Download:
        def __init__(self, name: str, root: str) -> None:
            assert name == "ogbn-arxiv"
            for file in task.files:
                path = Path(root).parent / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"x")

    module = ModuleType("ogb.nodeproppred")
    module.NodePropPredDataset = Download
    monkeypatch.setitem(sys.modules, "ogb", ModuleType("ogb"))
    monkeypatch.setitem(sys.modules, "ogb.nodeproppred", module)
    assert root_with_files("ogbn-arxiv", task, None) == cache
    assert all((cache / file).is_file() for file in task.files)
