"""What the README shows is run: its program, its command lines, its NNI example, its table."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from nni_autoattend.recipes import names

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_program_runs_as_shown(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAMS[0]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "AUTOATTEND_HOME": str(tmp_path / "runs")},
    )
    assert done.returncode == 0, done.stderr
    (report,) = tmp_path.glob("runs/*/report.html")
    assert "Architecture(" in done.stdout and str(report) in done.stdout


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("nni-autoattend")])
def test_every_command_line_is_understood(line):
    from nni_autoattend.cli.main import build_app

    _, name, *words = shlex.split(line, comments=True)
    group = typer.main.get_command(build_app())
    command = group.get_command(group.make_context("nni-autoattend", [name], resilient_parsing=True), name)
    assert command is not None
    command.make_context(name, words)  # refuses unknown options and missing arguments


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    shown = [line.split()[1] for line in COMMANDS if line.startswith("make ")]
    assert shown == ["demo", "test"]
    assert all(f"\n{target}:" in makefile for target in shown)


def test_names_in_the_tables_are_the_shipped_recipes():
    section = README.split("## Choose")[1].split("## Inside")[0]
    for kind in ("search_spaces", "strategies"):
        for name in names(kind):
            assert f"`{name}`" in section


def test_links_and_the_picture_exist():
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target]
    assert {"docs/report.png", "docs/web-ui.png"} <= set(targets)
    for target in targets:
        assert (ROOT / target).exists(), target


def shown(benchmark: str) -> str:
    return README.split(f"<!-- benchmark: {benchmark} -->\n")[1].split("<!-- end -->")[0].strip()


def test_the_table_is_made_from_the_result_files():
    from benchmarks._output import tables

    assert shown("text") == tables(ROOT / "benchmarks" / "results").strip()


def test_the_table_of_graphs_is_made_from_the_result_files():
    from benchmarks._output import tables

    assert shown("graph") == tables(ROOT / "benchmarks" / "results", "graph").strip()


def test_the_table_of_speed_is_made_from_its_result_file():
    from benchmarks._speed_tables import tables

    assert shown("supernet_speed") == tables(ROOT / "benchmarks" / "results" / "supernet_speed.json").strip()


def test_the_table_of_strategies_is_made_from_its_result_file():
    from benchmarks._strategies_output import tables

    assert shown("strategies") == tables(ROOT / "benchmarks" / "results").strip()


def test_the_table_of_rankings_is_made_from_its_result_files():
    from benchmarks._ranking_output import tables

    assert shown("ranking") == tables(ROOT / "benchmarks" / "results").strip()


def test_the_table_of_trial_overhead_is_made_from_its_result_file():
    from benchmarks._overhead_file import table

    assert shown("trial_overhead") == table(ROOT / "benchmarks" / "results" / "trial_overhead.json").strip()


def test_the_table_of_growth_is_made_from_its_result_file():
    from benchmarks._growth_file import table

    result = ROOT / "benchmarks" / "results" / "growth.json"
    if not (result.exists() and "<!-- benchmark: growth -->" in README):
        pytest.skip("growth has not been measured yet, or is not shown")
    assert shown("growth") == table(result).strip()


def test_the_nni_example_works_on_any_space():
    """The very lines, on two LayerChoices: see tests/strategy/test_autoattend.py for what the search then finds."""
    imports, _, body = PROGRAMS[1].partition("strategy = ")
    scope: dict[str, object] = {}
    exec(imports + "strategy = " + body.splitlines()[0], scope)
    assert scope["strategy"].paths == 4  # type: ignore[attr-defined]
