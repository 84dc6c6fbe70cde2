from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.cli.checks import tuner

pytestmark = pytest.mark.timeout(180)  # nni is imported


@pytest.fixture(autouse=True)
def _registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNI_CONFIG_DIR", str(tmp_path / "nni"))


def test_registering_and_undoing_it_are_told_and_the_doctor_sees_it(cli: Any) -> None:
    assert (tuner().state, tuner().remedy) == ("note", "nni-autoattend register")
    for said in ("now registered", "already registered"):
        answer = cli("register")
        assert (answer.code, answer.out.splitlines()[0]) == (0, f"tuner AutoAttend is {said}")
        assert "page on 127.0.0.1 only" in answer.out and "nni-autoattend nnictl env" in answer.out
        assert (tuner().state, tuner().found) == ("ok", "registered")
    for said in ("now not registered", "already not registered"):
        assert cli("register", "--undo").out == f"tuner AutoAttend is {said}\n"
    assert tuner().state == "note"


def test_a_tuner_of_the_same_name_is_told(cli: Any) -> None:
    from nni.tools.package_utils import AlgoMeta, register_algo_meta

    register_algo_meta(AlgoMeta.load({"builtinName": "AutoAttend", "className": "their.Tuner"}, algo_type="tuner"))
    for options in ([], ["--undo"]):
        answer = cli("register", *options)
        assert (answer.code, answer.out) == (2, "")
        assert "a tuner AutoAttend that is not ours; it stays as it is" in answer.err
    assert (tuner().state, tuner().found) == ("note", "somebody else's")


def test_an_nni_that_does_not_load_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    from nni_autoattend.nnictl import registration

    def broken() -> str:
        raise ImportError("no\n  way")

    monkeypatch.setattr(registration, "registration", broken)
    assert (tuner().state, tuner().found) == ("wrong", "fails: no way")
