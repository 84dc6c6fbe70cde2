"""The two files of a model: they belong together, and what does not is one clear line."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from nni_autoattend.errors import RunFolderError
from nni_autoattend.network.model_files import (
    DESCRIPTION_FILE,
    WEIGHTS_FILE,
    kind_of,
    read_description,
    read_weights,
    reading,
    write_model,
)


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Linear(3, 2)


@pytest.fixture
def folder(tmp_path: Path, network: nn.Module) -> Path:
    write_model(tmp_path, network, {"kind": "graph", "classes": 2})
    return tmp_path


def test_what_was_written_is_read(folder: Path, network: nn.Module) -> None:
    parts = read_description(folder)
    assert (parts["kind"], parts["classes"], kind_of(folder)) == ("graph", 2, "graph")
    weights = read_weights(folder, parts)
    assert all(torch.equal(weights[name], value) for name, value in network.state_dict().items())


def test_weights_of_another_description_are_refused(folder: Path) -> None:
    parts = read_description(folder)
    write_model(folder, nn.Linear(3, 2), {"kind": "graph"})
    with pytest.raises(RunFolderError, match="is damaged or does not belong"):
        read_weights(folder, parts)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 99}'])
def test_a_description_that_is_none_is_told_in_one_line(text: str, folder: Path) -> None:
    (folder / DESCRIPTION_FILE).write_text(text)
    with pytest.raises(RunFolderError) as error:
        read_description(folder)
    assert "\n" not in str(error.value) and DESCRIPTION_FILE in str(error.value)


def test_a_missing_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="no saved model can be read"):
        kind_of(tmp_path)


@pytest.mark.parametrize("error", [KeyError("classes"), ValueError("first line\nsecond line"), OSError("gone")])
def test_whatever_fails_while_it_is_read_is_one_line(error: Exception, folder: Path) -> None:
    with pytest.raises(RunFolderError, match="cannot load the model") as told, reading(folder, "graph"):
        raise error
    assert "\n" not in str(told.value)


def test_a_model_of_another_kind_is_refused(folder: Path) -> None:
    with pytest.raises(RunFolderError, match="is for graph data, not for text data"), reading(folder, "text"):
        pass


def test_old_descriptions_without_a_kind_are_of_texts(folder: Path) -> None:
    parts: dict[str, Any] = json.loads((folder / DESCRIPTION_FILE).read_text())
    parts.pop("kind")
    (folder / DESCRIPTION_FILE).write_text(json.dumps(parts))
    assert kind_of(folder) == "text" and (folder / WEIGHTS_FILE).exists()
