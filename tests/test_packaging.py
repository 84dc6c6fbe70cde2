"""What the wheel holds, and what the project's own metadata promises."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
import tomllib
from packaging.requirements import Requirement

from nni_autoattend import recipes
from nni_autoattend.nnictl.loopback import SCRIPTS

ROOT = Path(__file__).resolve().parents[1]


def dependencies() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(line) for line in project["dependencies"]]


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    found = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def test_the_frozen_set_keeps_every_bound() -> None:
    for requirement in dependencies():
        assert requirement.specifier.contains(pins()[requirement.name]), requirement


def test_the_frozen_torch_fits_any_build_of_it() -> None:
    assert pins()["torch"] == "2.13.0"
    assert Requirement(f"torch=={pins()['torch']}").specifier.contains("2.13.0+cpu")


def test_no_file_of_the_project_names_a_registry() -> None:
    files = [ROOT / name for name in ("Makefile", "pyproject.toml", "constraints.txt", ".ci/run")]
    assert [str(path) for path in files if re.search(r"https?://|index-url", path.read_text(encoding="utf-8"))] == []


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text and "END OF TERMS AND CONDITIONS" in text


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_wheel_holds_the_recipes_the_code_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    for kind in ("search_spaces", "strategies"):
        for name in recipes.names(kind):  # type: ignore[arg-type]
            inside = f"nni_autoattend/_recipes/{kind}/{name}.yaml"
            assert wheel.read(inside) == (recipes.folder(kind) / f"{name}.yaml").read_bytes()  # type: ignore[arg-type]
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "nni_autoattend").rglob("*.py")}
    assert code <= set(names)
    assert "nni_autoattend/py.typed" in names
    assert {f"nni_autoattend/nnictl/{script.name}" for script in SCRIPTS} <= set(names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"nni_autoattend"}
    assert not any(name.endswith((".pyc", ".log")) for name in names)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_wheel_says_what_it_needs(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith("dist-info/METADATA"))
    metadata = message_from_bytes(wheel.read(name))
    promised = {str(Requirement(line)) for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line}
    assert promised == {str(requirement) for requirement in dependencies()}
    assert metadata["License-Expression"] == "Apache-2.0"
    (scripts,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "nni-autoattend = nni_autoattend.cli.main:main" in wheel.read(scripts).decode()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_recipes_are_found_inside_the_wheel(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "site")
    code = (
        "from nni_autoattend import recipes; import nni_autoattend, sys\n"
        "assert nni_autoattend.__file__.startswith(sys.argv[1])\n"
        "print(recipes.folder('strategies')); print(recipes.load_space('autoattend-text').genes.layers)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "site")]
    environment = {"PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(tmp_path / "site" / "nni_autoattend" / "_recipes" / "strategies"), "24"]


TINY = (
    "data.size=200", "space.genes.layers=2", "space.search.width=16", "strategy.search.epochs=1",
    "strategy.arguments.population=4", "strategy.arguments.rounds=1", "strategy.arguments.parents=2",
    "retrain.epochs=1", "retrain.baselines=[text-cnn]",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_plain_installation_without_constraints_is_sound(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """The doctor finds nothing wrong and a search runs, in an empty environment that only got torch first."""
    venv.create(tmp_path / "env", with_pip=True)
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PIP_CONSTRAINT")}

    def call(program: str, *arguments: str) -> str:
        command = [str(tmp_path / "env" / "bin" / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    call("pip", "install", "--quiet", "torch==2.13.0")
    call("pip", "install", "--quiet", str(wheel.filename))
    assert call("nni-autoattend", "doctor").endswith("nothing is wrong\n")
    settings = [word for setting in TINY for word in ("--set", setting)]
    assert "text-cnn" in call("nni-autoattend", "search", "--run-dir", "mine", *settings)
    assert (tmp_path / "mine" / "report.html").is_file()
