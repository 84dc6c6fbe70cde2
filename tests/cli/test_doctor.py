from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.cli import checks
from nni_autoattend.cli.checks import Finding

GOOD = Finding("torch", "2.13.0", "<3", "ok", "because")
NOTE = Finding("chromium", "missing", "optional", "note", "a test needs it", "apt-get install chromium")
WRONG = Finding("setuptools", "84.0", "<81", "wrong", "nnictl needs it", 'pip install "setuptools<81"')


@pytest.fixture
def findings(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    chosen: list[Finding] = []
    monkeypatch.setattr(checks, "all_findings", lambda root: chosen)
    return chosen


def test_a_sound_installation(cli: Any, findings: list[Finding]) -> None:
    findings += [GOOD, NOTE]
    answer = cli("doctor")
    assert answer.code == 0
    assert answer.out.endswith("\nnothing is wrong\n")
    assert "do: apt-get install chromium" in answer.out
    assert "because" not in answer.out
    assert "torch: because" in cli("doctor", "--explain").out


def test_what_is_wrong_is_named_with_its_remedy(cli: Any, findings: list[Finding]) -> None:
    findings += [GOOD, WRONG]
    answer = cli("doctor")
    assert answer.code == 1
    assert 'WRONG: setuptools is 84.0: nnictl needs it\n  do: pip install "setuptools<81"' in answer.out
    assert answer.out.endswith("\n1 of 2 are wrong\n")


def test_json(cli: Any, findings: list[Finding]) -> None:
    findings += [WRONG]
    answer = cli("doctor", "--json")
    assert answer.code == 1
    assert answer.json()[0]["remedy"] == WRONG.remedy


def test_libraries_that_print_while_they_are_imported(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def noisy(root: Path) -> list[Finding]:
        print("please upgrade")
        return [GOOD]

    monkeypatch.setattr(checks, "all_findings", noisy)
    answer = cli("doctor", "--json")
    assert answer.json()[0]["name"] == "torch"
    assert "please upgrade" in answer.err
