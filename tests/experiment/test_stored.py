from pathlib import Path

import pytest

from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment.stored import read_json


def test_json(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(RunFolderError, match="missing"):
        read_json(path)
    path.write_text("{")
    with pytest.raises(RunFolderError, match="damaged"):
        read_json(path)
    path.write_text('{"a": 1}')
    assert read_json(path) == {"a": 1}
