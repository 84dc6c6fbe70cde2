from pathlib import Path

import pytest

from nni_autoattend.errors import ExperimentError
from nni_autoattend.nnictl.config_value import config_value, read_config


@pytest.mark.parametrize(
    "key", ["trialCodeDirectory", "trial_code_directory", "TrialCodeDirectory", "_trialcodedirectory"]
)
def test_keys_are_read_as_nni_reads_them(key: str) -> None:
    assert config_value({"other": 1, key: "here"}, "trialCodeDirectory") == "here"


def test_a_key_that_is_not_there_is_none() -> None:
    assert config_value({1: 2}, "tuner") is None


def test_a_file_is_read_as_utf8(tmp_path: Path) -> None:
    path = tmp_path / "experiment.yml"
    path.write_bytes("experimentName: größer".encode())
    assert read_config(path) == {"experimentName": "größer"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: [", "is not YAML"),
        (b"- a", "expected keys and values"),
        (b"", "expected keys and values"),
        (b"a: \xff", "cannot read the experiment file"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "experiment.yml"
    path.write_bytes(content)
    with pytest.raises(ExperimentError, match=message):
        read_config(path)


def test_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"cannot read the experiment file absent\.yml"):
        read_config(Path("absent.yml"))
