"""The floors of the house: a module imports its own floor or lower ones, and heavy packages stay out of the doors."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from nni_autoattend import recipes

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "nni_autoattend"

ROOMS = {
    "ops": 1, "attention": 1, "network": 1, "baselines": 1, "datasets": 1,
    "space": 2,
    "supernet": 3, "training": 3,
    "strategy": 4,
    "experiment": 5, "report": 5, "testing": 5, "cli": 5, "nnictl": 5, "__main__": 5,
}  # fmt: skip
"""Floor of every room; modules of the package's root are on floor 0."""

NEIGHBOURS = {
    "ops": {"datasets"},
    "attention": {"ops", "datasets"},
    "network": {"ops", "attention", "datasets"},
    "baselines": {"network", "datasets"},
    "cli": {"experiment", "report", "nnictl"},
    "experiment": {"report"},
    "__main__": {"cli", "experiment", "report"},
    "testing": set(),
    "nnictl": {"experiment", "report"},
    "training": {"supernet"},
}  # fmt: skip
"""Rooms that a room may import on its own floor."""

HEAVY = {"torch", "nni", "pytorch_lightning", "torchtext", "torch_geometric", "tianshou", "gym"}
NAMED_HOOKS = ("nni_autoattend.space.searched", "nni_autoattend.supernet.mutator")
"""A space names, and never imports, the hooks that make a supernet of it: the one name that points up the house."""

TORCH_IN_DATASETS = {
    "encoded", "windows", "batches", "layout", "vectors", "prepare", "torchtext_tasks",
    "graph_layout", "edge_list", "head_edges", "csr", "graph_batches", "graph_neighbours", "graph_prepare",
    "graph_tensors",
}  # fmt: skip
"""The modules of ``datasets/`` that may import torch; all others read data without it."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(name: str) -> str:
    """The room of ``nni_autoattend.<room>.<module>``; an empty string for the package's root modules."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else ""


def floor_of(name: str) -> int:
    return ROOMS.get(room_of(name), 0)


def imports(path: Path, *, at_import_time: bool = False) -> Iterator[str]:
    """Yield what a module imports: everywhere, or only what runs when the module itself is imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in at_top(tree) if at_import_time else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_top(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or is_for_types_only(child):
            continue
        yield child
        yield from at_top(child)


def is_for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def names_in_tables(path: Path) -> Iterator[str]:
    """Yield ``package.module`` of every literal ``"package.module:Name"``: imports that happen by name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            module, colon, attribute = node.value.partition(":")
            if colon and module.startswith("nni_autoattend.") and attribute.isidentifier():
                yield module


@cache
def arrows() -> tuple[tuple[str, str], ...]:
    """Return (module, what it imports of ours); the package's lazy door is exempt: it is the public face."""
    return tuple(find_arrows())


def find_arrows() -> Iterator[tuple[str, str]]:
    for path in modules():
        if name_of(path) != "nni_autoattend":
            for target in (*imports(path), *names_in_tables(path)):
                if target.startswith("nni_autoattend.") and (name_of(path), target) != NAMED_HOOKS:
                    yield name_of(path), target


def heavy_imports(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path, at_import_time=True)} & HEAVY


def test_every_room_has_a_floor() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert rooms <= ROOMS.keys()


def test_no_module_imports_a_higher_floor() -> None:
    climbs = [f"{name} -> {target}" for name, target in arrows() if floor_of(target) > floor_of(name)]
    assert climbs == []


def test_rooms_of_one_floor_import_only_the_neighbours_they_may() -> None:
    doors = []
    for name, target in arrows():
        here, there = room_of(name), room_of(target)
        if here != there and floor_of(name) == floor_of(target) and there not in NEIGHBOURS.get(here, set()):
            doors.append(f"{name} -> {target}")
    assert doors == []


def test_no_two_rooms_import_each_other() -> None:
    pairs = {(room_of(name), room_of(target)) for name, target in arrows() if room_of(name) != room_of(target)}
    assert [pair for pair in pairs if pair[::-1] in pairs] == []


def test_root_modules_and_packages_import_nothing_heavy() -> None:
    """A package's ``__init__`` runs before any of its modules: it must not drag torch in."""
    light = [*PACKAGE.glob("*.py"), *PACKAGE.rglob("__init__.py")]
    assert {str(path): heavy_imports(path) for path in light if heavy_imports(path)} == {}


@pytest.mark.parametrize("room", ["datasets", "experiment", "cli"])
def test_doors_and_readers_import_torch_only_where_they_use_it(room: str) -> None:
    exempt = TORCH_IN_DATASETS if room == "datasets" else set()
    paths = [path for path in (PACKAGE / room).glob("*.py") if path.stem not in exempt]
    assert paths
    assert {str(path): heavy_imports(path) for path in paths if heavy_imports(path)} == {}


def test_the_lower_floors_know_neither_nni_nor_lightning() -> None:
    """A trained model must load with torch alone."""
    low = [path for path in modules() if floor_of(name_of(path)) <= 1]
    found = {str(path): {name.split(".")[0] for name in imports(path)} & {"nni", "pytorch_lightning"} for path in low}
    assert {path: names for path, names in found.items() if names and not path.endswith("doctor.py")} == {}


def test_recipes_are_data() -> None:
    for kind in ("search_spaces", "strategies"):
        folder = recipes.folder(kind)  # type: ignore[arg-type]
        assert list(folder.rglob("*.py")) == []
        assert (folder / "README.md").is_file()


def test_no_package_hides_behind_a_local_machine() -> None:
    """Code holds no path of the machine it was written on."""
    places = [
        f"{path}: {node.value}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith(("/work/", "/home/", "/root/", "/tmp/"))
    ]
    assert places == []


WITHOUT_TORCH = """
import sys
import nni_autoattend.experiment.run_settings, nni_autoattend.experiment.run_folder
import nni_autoattend.datasets.tasks, nni_autoattend.baselines.table
from nni_autoattend.cli.main import run
for arguments in (["--help"], ["search", "--help"], ["list", "spaces"], ["list", "strategies"], ["list", "tasks"],
                  ["list", "baselines"], ["list", "runs"], ["show", "autoattend-text"], ["nnictl-config"],
                  ["nnictl", "env"], ["nnictl", "--help"], ["register", "--help"]):
    code = run(arguments)
    assert code == 0, (arguments, code)
names = {"torch", "nni", "pandas", "sklearn", "aiohttp", "pytorch_lightning", "torchtext", "matplotlib"}
heavy = names & set(sys.modules)
print("HEAVY", sorted(heavy), file=sys.stderr)
"""


@pytest.mark.timeout(180)
def test_help_and_list_import_no_torch() -> None:
    """The one process start of the fast suite: only a fresh interpreter tells what an import drags in."""
    command = [sys.executable, "-c", WITHOUT_TORCH]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "AUTOATTEND_HOME": "runs", "HOME": "."}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert "HEAVY []" in done.stderr
