"""Shared by all tests: one thread (two torch jobs would slow each other), no writing outside ``tmp_path``."""

import os
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from nni_autoattend.budget import Deadline
from nni_autoattend.experiment import nni_experiments

if TYPE_CHECKING:
    from torch import Tensor

    from nni_autoattend.datasets.graph_layout import GraphLayout

os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def _isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOATTEND_HOME", str(tmp_path / "runs"))
    monkeypatch.setattr(nni_experiments, "nni_home", lambda: tmp_path / "nni-experiments")


@pytest.fixture
def shared_data() -> Path:
    """Real benchmark data beside the checkout; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared benchmark data is not beside this checkout")
    return SHARED_DATA


@pytest.fixture
def rng() -> Random:
    """A seeded generator."""
    return Random(20210718)


def _random_layout(nodes: int, edges: int, seed: int, *, directed: bool = False) -> "GraphLayout":
    """A random graph whose last two nodes are isolated; asks for ``edges`` edges, doubles among them count once."""
    import torch

    from nni_autoattend.datasets.graph_layout import GraphLayout

    drawn = torch.randint(0, max(nodes - 2, 1), (2, edges), generator=torch.Generator().manual_seed(seed))
    return GraphLayout.of(drawn if directed else torch.cat([drawn, drawn.flip(0)], dim=1), nodes)


def _renumbered(layout: "GraphLayout", seed: int) -> "tuple[GraphLayout, Tensor]":
    """The same graph with its nodes numbered and its edges listed in another order; also the new number of each."""
    import torch

    from nni_autoattend.datasets.graph_layout import GraphLayout

    generator = torch.Generator().manual_seed(seed)
    numbers = torch.randperm(layout.nodes, generator=generator)
    edges = numbers[layout.edges][:, torch.randperm(layout.edges.shape[1], generator=generator)]
    return GraphLayout.of(edges, layout.nodes), numbers


def _adjacency(layout: "GraphLayout", *, loops: bool = False) -> "Tensor":
    """A, or A + I: row i is one where node i hears from."""
    import torch

    matrix = torch.eye(layout.nodes, dtype=torch.float64) * loops
    return matrix.index_put((layout.edges[1], layout.edges[0]), torch.ones((), dtype=torch.float64))


@pytest.fixture(scope="session")
def graphs() -> SimpleNamespace:
    """What tests on graphs share."""
    return SimpleNamespace(random_layout=_random_layout, renumbered=_renumbered, adjacency=_adjacency)


class KillAfter:
    """An observer that plays a kill: it raises after ``steps`` steps of ``phase``; ``done`` notes what was resumed."""

    def __init__(self, phase: str, steps: int) -> None:
        self.wanted, self.steps, self.phases = phase, steps, [""]
        self.done: dict[str, int] = {}

    def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
        self.phases.append(phase)
        self.done[phase] = done

    def advance(self, steps: int = 1, **figures: float) -> None:
        self.steps -= steps * (self.phases[-1] == self.wanted)
        if self.steps == 0:
            raise KeyboardInterrupt

    def finish(self) -> None:
        self.phases.pop()

    def say(self, text: str) -> None:
        pass


@pytest.fixture
def kill_after() -> type[KillAfter]:
    return KillAfter
