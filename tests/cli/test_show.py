import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from nni_autoattend import recipes
from nni_autoattend.published import SST5
from nni_autoattend.recipes import load_space


def test_a_recipe_is_shown_as_it_stands(cli: Any) -> None:
    answer = cli("show", "autoattend-text")
    assert answer.out == (recipes.folder("search_spaces") / "autoattend-text.yaml").read_text("utf-8")
    assert cli("show", "autoattend", "--json").json()["kind"] == "one-shot"


def test_the_published_list_is_drawn(cli: Any) -> None:
    lines = cli("show", json.dumps(SST5)).out.splitlines()
    assert len(lines) == 24
    assert lines[0] == "L1   addition   gru(s0) + conv1(s0)"
    assert lines[2] == "L3   attention  query conv1(s2)  key maxpool3(s0)  value conv1(s0)"


def test_an_absent_operand_is_left_out(cli: Any) -> None:
    assert cli("show", "[[2,0,0,-1,0]]").out == "L1  addition   conv1(s0)\n"


@pytest.mark.parametrize("form", ["layers", "architecture", "published", "rows"])
def test_files_in_every_form(cli: Any, tmp_path: Path, form: str) -> None:
    genes = load_space("autoattend-text-small").genes
    architecture = genes.random(Random(0))
    forms: dict[str, Any] = {
        "layers": architecture.to_json(),
        "architecture": {"fitness": 1.0, "architecture": architecture.to_json()},
        "published": {"published": genes.to_published(architecture)},
        "rows": genes.to_published(architecture),
    }
    path = tmp_path / "best.json"
    path.write_text(json.dumps(forms[form]))
    answer = cli("show", path, "--json")
    assert answer.code == 0, answer.err
    assert answer.json() == {"architecture": architecture.to_json()}


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("autoattend-txt", "unknown recipe, run or file 'autoattend-txt' (did you mean 'autoattend-text'?)"),
        ("[[1,2", "the list is not JSON"),
        ("[[9,0,1,-1,0]]", "layer 1 is not of the form"),
        ("[]", "at least one layer"),
        ("{}", "an architecture is a list of layers"),
        (".", "is no run folder"),
    ],
)
def test_what_cannot_be_shown(cli: Any, what: str, message: str) -> None:
    answer = cli("show", what)
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err
    assert answer.err.count("\n") == 1
