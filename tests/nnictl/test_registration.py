"""NNI's own registry, in a folder of the test."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_autoattend.errors import ExperimentError, StorageError
from nni_autoattend.nnictl.registration import TUNER, TUNER_CLASS, register, registration, unregister

pytestmark = pytest.mark.timeout(180)  # nni is imported


@pytest.fixture(autouse=True)
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NNI_CONFIG_DIR", str(tmp_path / "nni"))
    return tmp_path / "nni" / "registered_algorithms.yml"


def add(name: str, class_name: str) -> None:
    from nni.tools.package_utils import AlgoMeta, register_algo_meta

    register_algo_meta(AlgoMeta.load({"builtinName": name, "className": class_name}, algo_type="tuner"))


def tuners(registry: Path) -> list[dict[str, Any]]:
    return list((yaml.safe_load(registry.read_text()) or {}).get("tuners", []))


def test_nni_finds_our_tuner_by_its_name(registry: Path) -> None:
    assert registration() == "absent"
    assert register() is True
    assert registration() == "registered"
    from nni.tools.package_utils.tuner_factory import get_builtin_module_class_name

    assert get_builtin_module_class_name("tuners", TUNER) == tuple(TUNER_CLASS.rsplit(".", 1))


def test_twice_is_as_good_as_once(registry: Path) -> None:
    register()
    before = registry.read_text()
    assert register() is False
    assert registry.read_text() == before


def test_undoing_takes_ours_and_nothing_else(registry: Path) -> None:
    add("Theirs", "their.module.Tuner")
    register()
    assert unregister() is True
    assert registration() == "absent"
    assert [entry["builtinName"] for entry in tuners(registry)] == ["Theirs"]
    assert unregister() is False


@pytest.mark.parametrize("name", [TUNER, TUNER.lower()])
def test_a_strangers_tuner_of_our_name_stays(registry: Path, name: str) -> None:
    add(name, "their.module.Tuner")
    assert registration() == "foreign"
    for change in (register, unregister):
        with pytest.raises(ExperimentError, match="that is not ours; it stays as it is"):
            change()
    assert [entry["className"] for entry in tuners(registry)] == ["their.module.Tuner"]


def test_a_registry_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    from nni.tools import package_utils

    def refused(meta: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch, pytest.raises(StorageError, match="cannot write NNI's registry"):
        patch.setattr(package_utils, "register_algo_meta", refused)
        register()
    register()
    monkeypatch.setattr(package_utils, "unregister_algo_meta", refused)
    with pytest.raises(StorageError, match="cannot write NNI's registry"):
        unregister()
