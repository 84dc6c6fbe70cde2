"""The searches of a text benchmark: each done once, continued after a kill, its wall and CPU time kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks._clock import KeptClock
from benchmarks._protocol import Protocol, SearchPlan, open_folder
from nni_autoattend.architecture import Architecture
from nni_autoattend.budget import Deadline
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.candidates import read_candidates, save_candidates
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.experiment.searching import search_candidates
from nni_autoattend.experiment.stored import read_json
from nni_autoattend.files import write_json
from nni_autoattend.history import History, read_history
from nni_autoattend.journal import Journal

_EVALUATIONS = ("evaluation", "trial")
_TRAININGS = ("trial", "finalist", "simpler")
_REPLAY_SECONDS = 15.0
"""The least that a search with a deadline has after a kill: walking through its finished trials again takes time."""


@dataclass(frozen=True)
class Searched:
    """A finished search.

    Attributes:
        architectures: what it hands to retraining, the best first.
        figures: plain values for the result file: name, seed, strategy, wall and CPU seconds, evaluations,
            optimisation steps of the supernet (``None``: there was none), best fitness.
    """

    architectures: tuple[Architecture, ...]
    figures: Mapping[str, Any]

    @property
    def entrant(self) -> str:
        """The name that its architectures are trained under."""
        return f"{self.figures['name']} search {self.figures['seed']}"


def run_search(plan: SearchPlan, seed: int, earlier: Sequence[Searched], protocol: Protocol, bench: Bench) -> Searched:
    """Do a search, or go on with it, or return what it found when it is over.

    Args:
        plan: the search.
        seed: its seed.
        earlier: finished searches, among them the one whose time is this one's.
        protocol: the benchmark's.
        bench: data, and who is told of progress.

    Raises:
        RunFolderError: its folder belongs to another protocol.
    """
    settings = protocol.settings(plan, seed)
    fingerprint = bench.folder.description()["data_fingerprint"]
    path = protocol.work / f"search-{plan.name}-seed{seed}"
    folder = open_folder(path, settings, fingerprint, protocol.command)
    record = path / "search.json"
    if not record.exists():
        bench.observer.say(f"search {plan.name}, seed {seed}")
        clock = _search(plan, settings, folder, _model(plan, seed, earlier), bench)
        write_json(record, _figures(plan, settings, folder, clock))
    top = read_candidates(folder)[: settings.retrain.top_k]
    return Searched(tuple(candidate.architecture for candidate in top), read_json(record))


def _model(plan: SearchPlan, seed: int, earlier: Sequence[Searched]) -> Mapping[str, Any] | None:
    """Return the figures of the search whose time this one has, ``None`` where it has as much as it needs."""
    figures = {(done.figures["name"], done.figures["seed"]): done.figures for done in earlier}
    return figures[plan.as_long_as, seed] if plan.as_long_as else None


def _search(
    plan: SearchPlan, settings: RunSettings, folder: RunFolder, model: Mapping[str, Any] | None, bench: Bench
) -> KeptClock:
    """Search for as long as ``model`` (``None``: to the end), keep the candidates, and return the clock."""
    from nni_autoattend.strategy.context import SearchContext
    from nni_autoattend.strategy.search import search_architectures

    clock = KeptClock(folder.path / "clock.json", bench.observer)  # from here: to import nni is no part of a search
    context = SearchContext(
        folder=folder.path,
        seed=settings.seed,
        observer=clock,
        journal=Journal(folder.journal),
        history=History(folder.history),
        checkpoint_minutes=settings.strategy.search.checkpoint_minutes,
    )
    if plan.untrained and not _supernet_file(folder).exists():
        # The strategy's own clean stop: a deadline that is over leaves a supernet that took no step.
        context.deadline = Deadline.after(0.0)
        search_architectures(settings.space, settings.strategy, bench.data, context)
    context.deadline = _deadline(model, clock)
    candidates = search_candidates(settings, bench.data, context)
    clock.write()
    save_candidates(folder, settings.space.genes, candidates)
    return clock


def _deadline(model: Mapping[str, Any] | None, clock: KeptClock) -> Deadline:
    """Return the end of a search that has the wall-clock time of ``model``, and no less processor time.

    On a machine that does nothing else the two are one. Where other work takes turns with this one, the wall clock
    alone could give a control less computation than what it is to be compared with.
    """
    if model is None:
        return Deadline()
    wall, cpu = float(model["wall_seconds"]), float(model["cpu_seconds"])
    if clock.resumed:
        wall = max(wall, clock.wall_seconds + _REPLAY_SECONDS)
    return Deadline(0.0, lambda: min(clock.wall_seconds - wall, clock.cpu_seconds - cpu))


def _figures(plan: SearchPlan, settings: RunSettings, folder: RunFolder, clock: KeptClock) -> dict[str, Any]:
    candidates, events = read_candidates(folder), Journal(folder.journal).events
    return {
        "name": plan.name,
        "seed": settings.seed,
        "strategy": settings.strategy.name,
        "wall_seconds": clock.wall_seconds,
        "cpu_seconds": clock.cpu_seconds,
        "evaluations": sum(event["stage"] in _EVALUATIONS for event in events),
        "trials": sum(event["stage"] in _TRAININGS for event in events),
        "steps": _last_step(folder),
        "supernet_steps": _supernet_steps(folder),
        "best_fitness": candidates[0].fitness,
        "top": [settings.space.genes.to_published(item.architecture) for item in candidates[: settings.retrain.top_k]],
    }


def _last_step(folder: RunFolder) -> int | None:
    """Return how many steps the history tells of; ``None``: nothing was trained in steps that it tells."""
    return max((int(row["step"]) for row in read_history(folder.history) if row.get("step")), default=None)


def _supernet_file(folder: RunFolder) -> Any:
    return folder.checkpoints / "supernet.pt"


def _supernet_steps(folder: RunFolder) -> int | None:
    """Return how many optimisation steps the supernet took, as its own checkpoint says."""
    from nni_autoattend.training.checkpoint import load_checkpoint

    state = load_checkpoint(_supernet_file(folder))
    return None if state is None else int(state["position"]["step"])
