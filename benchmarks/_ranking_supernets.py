"""The supernet part of the ranking benchmark: supernets of every sharing mode, and what they say of every architecture.

A row is one supernet after one budget. The rate is constant, so the small budget is a prefix of the large one: all
architectures are scored when a training passes it.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks._clock import KeptClock
from benchmarks._ranking_protocol import Ground, Part, Protocol, commit, now
from nni_autoattend.progress import Observer, SilentObserver

if TYPE_CHECKING:
    from nni_autoattend.architecture import Architecture
    from nni_autoattend.datasets.loader import Part as Items
    from nni_autoattend.strategy.supernet_phase import SupernetPhase

STAGE = "supernet"
_SCORED = "evaluation"
_CHECKPOINT_MINUTES = 2.0


@dataclass(frozen=True)
class SupernetPlan:
    """One supernet: a sharing mode and a seed."""

    mode: str
    seed: int

    def key(self, epochs: int) -> str:
        """Return the key of its row after ``epochs`` epochs."""
        return f"{self.mode}/seed{self.seed}/epochs{epochs}"


def missing_supernets(protocol: Protocol, ground: Ground, part: Part) -> list[SupernetPlan]:
    """Return the supernets that lack a row of all architectures: all modes with seed 0, then with seed 1, and so on."""
    return [plan for plan in _plans(protocol) if not _complete(plan, protocol, ground, part)]


def measure_supernets(protocol: Protocol, ground: Ground, part: Part, observer: Observer) -> Iterator[None]:
    """Train and score what is missing; yield after every supernet."""
    missing = missing_supernets(protocol, ground, part)
    total = len(protocol.modes) * protocol.supernet_seeds
    for number, plan in enumerate(missing, start=1 + total - len(missing)):
        observer.say(f"supernet {number} of {total}: sharing {plan.mode}, seed {plan.seed}")
        _measure(plan, protocol, ground, part, observer)
        yield


def supernet_seconds(protocol: Protocol, ground: Ground, steps: int = 4, scored: int = 3) -> tuple[float, float]:
    """Return the seconds of a training step and of scoring one architecture, as measured just now."""
    train, epochs = _first(ground.data.train, steps, protocol.supernet.batch_size)
    net = _Supernet(SupernetPlan(protocol.modes[0], 0), protocol, ground)
    position = net.phase(train, None, SilentObserver(), epochs).run()
    started = time.monotonic()
    net.fitness(ground.architectures[:scored], None, SilentObserver())
    return position.seconds / position.step, (time.monotonic() - started) / min(scored, len(ground.architectures))


def _plans(protocol: Protocol) -> Iterator[SupernetPlan]:
    for seed in range(protocol.supernet_seeds):
        for mode in protocol.modes:
            yield SupernetPlan(mode, seed)


def _complete(plan: SupernetPlan, protocol: Protocol, ground: Ground, part: Part) -> bool:
    rows = [part.rows.find(STAGE, plan.key(epochs)) for epochs in protocol.budgets]
    return all(row is not None and len(row["fitness"]) >= len(ground.architectures) for row in rows)


def _measure(plan: SupernetPlan, protocol: Protocol, ground: Ground, part: Part, observer: Observer) -> None:
    """Train a supernet, or go on with it, and record a row at every budget; its state goes when all are there."""
    name = f"{plan.mode}-seed{plan.seed}"
    # Weights of a passed budget are gone: with more architectures than before, the supernet is trained again.
    folder = part.folder / f"{name}-of-{len(ground.architectures)}"
    net, clock = _Supernet(plan, protocol, ground), KeptClock(folder / "clock.json", observer)
    phase = net.phase(ground.data.train, folder, clock, protocol.supernet.epochs)

    def score(loss: float) -> None:
        epochs = phase.position.epoch + 1
        if epochs in protocol.budgets:
            started = time.monotonic()
            figures = {"mode": plan.mode, "seed": plan.seed, "epochs": epochs, "loss": loss}
            figures |= net.fitness(ground.architectures, folder / f"fitness-{epochs}.jsonl", clock)
            clock.write()
            figures |= _figures(net, phase, clock) | {"scoring_seconds": time.monotonic() - started}
            part.rows.record(STAGE, plan.key(epochs), **figures)

    phase.on_epoch = score
    phase.run()
    for state in part.folder.glob(f"{name}-of-*"):
        shutil.rmtree(state)


def _figures(net: _Supernet, phase: SupernetPhase, clock: KeptClock) -> dict[str, Any]:
    from nni_autoattend.network.text import count_parameters

    return {
        "parameters": count_parameters(net.model),
        "steps": phase.position.step,
        "skipped": phase.position.skipped,
        "training_seconds": phase.position.seconds,
        "wall_seconds": clock.wall_seconds,
        "cpu_seconds": clock.cpu_seconds,
        "commit": commit(),
        "finished": now(),
    }


class _Supernet:
    """A supernet as AutoAttend's strategy makes, trains and scores it, without the evolution."""

    def __init__(self, plan: SupernetPlan, protocol: Protocol, ground: Ground) -> None:
        from nni_autoattend.space.table import space_class
        from nni_autoattend.strategy.detached_steps import DetachedSteps
        from nni_autoattend.strategy.sample_space import SampleSpace
        from nni_autoattend.supernet.nni_bases import RandomOneShot
        from nni_autoattend.training.checkpoint import seed_generators
        from nni_autoattend.training.lightning import Classification

        self.plan, self.protocol, self.data = plan, protocol, ground.data
        seed_generators(plan.seed)
        recipe = protocol.recipe(sharing=plan.mode)
        space = space_class(recipe).from_recipe(recipe, ground.data.dimensions, plan.seed)
        self.genes = space.genes
        self.model = RandomOneShot().mutate_model(space)
        self.module = Classification(protocol.supernet, ground.data.metric, ground.data.dimensions.classes)
        self.module.set_model(self.model)
        self.steps, self.samples = DetachedSteps(self.module), SampleSpace(self.model)

    def phase(self, items: Items, folder: Path | None, observer: Observer, epochs: int) -> SupernetPhase:
        """Return the training on ``items``; with a folder it continues from its checkpoint there."""
        from nni_autoattend.datasets.by_modality import training_loader
        from nni_autoattend.history import History
        from nni_autoattend.strategy.context import SearchContext
        from nni_autoattend.strategy.supernet_phase import SupernetPhase
        from nni_autoattend.training.checkpoint import seed_generators

        settings, seed = self.protocol.supernet, self.plan.seed
        loader = training_loader(items, settings, seed)
        history = History(None if folder is None else folder / "history.csv")
        context = SearchContext(
            folder, seed, observer=observer, history=history, checkpoint_minutes=_CHECKPOINT_MINUTES
        )
        seed_generators(seed)
        return SupernetPhase(
            self.steps,
            self.model,
            self.samples,
            loader,
            epochs=epochs,
            paths=self.protocol.paths,
            clip=settings.clip,
            context=context,
        )

    def fitness(
        self, architectures: Sequence[Architecture], journal: Path | None, observer: Observer
    ) -> dict[str, list[float]]:
        """Return what the search half says of every architecture; finished ones are taken from the journal.

        ``fitness`` is accuracy, ``likelihood`` what its loss says; see ``training.fitness.fitness_of``.
        """
        from nni_autoattend.datasets.by_modality import scoring_loader
        from nni_autoattend.journal import Journal
        from nni_autoattend.training.fitness import fitness_of

        loader = scoring_loader(self.data.search, 4 * self.protocol.supernet.batch_size)
        kept, keys = Journal(journal), [str(number) for number in range(len(architectures))]
        new = [key for key in keys if kept.find(_SCORED, key) is None]
        observer.start("scoring", len(keys), len(keys) - len(new))
        samples = [self.genes.to_sample(architectures[int(key)]) for key in new]
        for key, judged in zip(new, self.module.path_judgements(loader, samples), strict=True):
            kept.record(_SCORED, key, fitness=judged.score, likelihood=fitness_of(*judged, "loss"))
            observer.advance(1)
        observer.finish()
        rows = [kept.find(_SCORED, key) or {} for key in keys]
        return {name: [row[name] for row in rows] for name in ("fitness", "likelihood")}


def _first(items: Items, steps: int, batch_size: int) -> tuple[Items, int]:
    """Return what makes ``steps`` steps of a training: items, and how many epochs of them."""
    from nni_autoattend.datasets.encoded import EncodedTexts

    if not isinstance(items, EncodedTexts):
        return items, steps
    count = steps * batch_size
    return EncodedTexts(items.windows[:count], items.labels[:count]), 1
