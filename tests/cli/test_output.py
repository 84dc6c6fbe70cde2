import sys
from pathlib import Path

import pytest

from nni_autoattend.architecture import AdditionLayer
from nni_autoattend.cli.output import columns, print_json, results_only, tell


def test_columns_are_aligned() -> None:
    assert columns([("a", "b", "c"), ("long", "", "x")]) == "a     b  c\nlong     x"


def test_json_holds_plain_values(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"path": Path("a"), "layer": AdditionLayer(0, "é", "zero")})
    assert '"path": "a"' in (out := capsys.readouterr().out)
    assert '"left_op": "é"' in out


def test_only_results_reach_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with results_only():
        print("a library speaks")
        sys.stdout.write("again\n")
    print("the result")
    tell("for the person")
    assert capsys.readouterr() == ("the result\n", "a library speaks\nagain\nfor the person\n")
