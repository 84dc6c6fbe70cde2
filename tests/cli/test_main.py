import warnings
from typing import Any

import pytest

from nni_autoattend.cli import main
from nni_autoattend.cli.main import COMMANDS
from nni_autoattend.errors import AutoAttendError


def test_help_names_every_command_and_examples(cli: Any) -> None:
    answer = cli("--help")
    assert answer.code == 0
    assert all(f"\n  {name} " in answer.out for name in COMMANDS)
    assert "\n    nni-autoattend search   " in answer.out


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_examples_that_are_not_wrapped(cli: Any, name: str) -> None:
    for flag in ("--help", "-h"):
        answer = cli(name, flag)
        assert answer.code == 0
        assert f"  Examples:\n    nni-autoattend {name}" in answer.out


def test_no_arguments_show_the_help(cli: Any) -> None:
    answer = cli()
    assert "Commands:" in answer.out + answer.err


@pytest.mark.parametrize(
    "arguments",
    [["bogus"], ["search", "--bogus"], ["search", "--seed", "x"], ["search", "--threads", "0"], ["predict"]],
)
def test_usage_errors_exit_with_two_and_no_traceback(cli: Any, arguments: list[str]) -> None:
    answer = cli(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert "Error" in answer.err or "Missing" in answer.err
    assert "Traceback" not in answer.err


def test_an_error_of_ours_is_one_line_and_exit_code_two(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise AutoAttendError("two\n  lines")

    monkeypatch.setitem(COMMANDS, "doctor", fails)
    answer = cli("doctor")
    assert (answer.code, answer.out, answer.err) == (2, "", "nni-autoattend: two lines\n")


def test_a_bug_is_not_swallowed(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(COMMANDS, "doctor", fails)
    with pytest.raises(ZeroDivisionError):
        cli("doctor")


def test_an_interruption_exits_with_130(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(COMMANDS, "doctor", stopped)
    assert cli("doctor").code == 130


def test_main_leaves_with_the_code(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["nni-autoattend", "--version"])
    with pytest.raises(SystemExit) as left:
        main.main()
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("nni-autoattend ")


@pytest.mark.parametrize(("options", "shown"), [([], ["mind the gap"]), (["default"], ["old", "mind the gap"])])
def test_warnings_of_packages_about_each_other_are_not_shown(
    monkeypatch: pytest.MonkeyPatch, options: list[str], shown: list[str]
) -> None:
    told: list[str] = []

    def warns() -> None:
        warnings.simplefilter("always")  # as packages do, after us
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        warnings.warn("mind the gap", UserWarning, stacklevel=1)

    monkeypatch.setattr("sys.argv", ["nni-autoattend", "doctor"])
    monkeypatch.setattr("sys.warnoptions", options)
    monkeypatch.setitem(COMMANDS, "doctor", warns)
    with warnings.catch_warnings(), pytest.raises(SystemExit):
        warnings.showwarning = lambda message, *_: told.append(str(message))
        main.main()
    assert told == shown
