import random
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from nni_autoattend.errors import RunFolderError, StorageError
from nni_autoattend.training.checkpoint import load_checkpoint, random_states, restore_random_states, save_checkpoint


def draw() -> tuple[list[float], float, list[float], float]:
    return torch.rand(3).tolist(), random.random(), np.random.rand(3).tolist(), random.gauss(0, 1)


def test_no_file_is_no_checkpoint(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "absent.pt") is None


def test_state_of_a_network_and_its_optimizer_comes_back_exactly(tmp_path: Path) -> None:
    network = nn.Linear(3, 2)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.1)
    network(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    path = tmp_path / "deep" / "work.pt"
    save_checkpoint(path, {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "n": None})

    state = load_checkpoint(path)
    assert state is not None
    assert (state["epoch"], state["n"]) == (3, None)
    assert torch.equal(state["network"]["weight"], network.weight)
    assert torch.equal(state["optimizer"]["state"][0]["exp_avg"], optimizer.state_dict()["state"][0]["exp_avg"])
    assert [item.name for item in path.parent.iterdir()] == ["work.pt"]


def test_generators_continue_where_they_were(tmp_path: Path) -> None:
    random.gauss(0, 1)  # leaves a cached second value, part of the state
    save_checkpoint(tmp_path / "a.pt", random_states())
    expected = draw()
    assert draw() != expected

    state = load_checkpoint(tmp_path / "a.pt")
    assert state is not None
    restore_random_states(state)
    assert draw() == expected


@pytest.mark.parametrize("value", [np.float64(1.0), {"deep": [Path()]}, {np.int64(1): 2}, {1, 2}])
def test_what_weights_only_would_refuse_is_refused_at_saving(tmp_path: Path, value: object) -> None:
    with pytest.raises(TypeError, match="cannot hold"):
        save_checkpoint(tmp_path / "a.pt", {"x": value})
    assert not (tmp_path / "a.pt").exists()


@pytest.mark.parametrize("damage", ["cut", "noise", "empty", "list", "folder"])
def test_a_damaged_file_is_told_in_one_line(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.pt"
    save_checkpoint(path, {"x": torch.ones(100)})
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif damage == "noise":
        path.write_bytes(b"this is not a checkpoint")
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "list":
        torch.save([1], path)
    else:
        path.unlink()
        path.mkdir()
    with pytest.raises(RunFolderError, match="delete it to start") as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path) -> None:
    torch.save({"x": Path("anything")}, tmp_path / "a.pt")
    with pytest.raises(RunFolderError):
        load_checkpoint(tmp_path / "a.pt")


def test_a_full_disk_keeps_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.pt"
    save_checkpoint(path, {"x": 1})

    def full_disk(state: object, target: Path) -> None:
        target.write_bytes(b"half of it")
        raise RuntimeError("PytorchStreamWriter failed writing file data.pkl: file write failed")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(StorageError, match="intact"):
        save_checkpoint(path, {"x": 2})
    assert load_checkpoint(path) == {"x": 1}
    assert [item.name for item in tmp_path.iterdir()] == ["a.pt"]
