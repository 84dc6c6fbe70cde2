"""What a search costs: of a supernet's steps and evaluations, or of trials, some are done and the rest counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from nni_autoattend.budget import Deadline
from nni_autoattend.datasets.by_modality import scoring_loader
from nni_autoattend.experiment.entrants import draw
from nni_autoattend.experiment.forecast import MemoryForecast
from nni_autoattend.experiment.forecast_batches import EpochSample, sample_epoch, scored_tokens, thinned, tokens_of
from nni_autoattend.experiment.forecast_counts import AUTOATTEND, ENAS, batches
from nni_autoattend.experiment.forecast_memory import MemoryWatch, resident, settle, touched_bytes, trainable_bytes
from nni_autoattend.experiment.forecast_networks import measure_networks, with_activations
from nni_autoattend.experiment.forecast_pace import Timed, mean_step
from nni_autoattend.experiment.forecast_supernet import ThrowAwaySupernet
from nni_autoattend.experiment.run_settings import RunSettings

if TYPE_CHECKING:
    from nni_autoattend.datasets.by_modality import PreparedData
    from nni_autoattend.datasets.loader import Loader

_ROUNDS, _TRIALS = 4, 4
_FEW_TEXTS, _FEW_PATHS = (8, 64), 2
_STEPS_SHARE, _TRIED_SHARE = 0.7, 0.2
"""Parts of the time left: for a supernet's steps, and of that for the small batch with all paths of a step."""


@dataclass(frozen=True)
class SearchCost:
    """What a search costs.

    Attributes:
        training: seconds of training the supernet, or of all trials.
        evaluation: seconds of scoring one architecture on the supernet; 0 for trials, which score themselves.
        build: seconds of building the supernet.
        memory: peak; ``None`` where it cannot be read.
        measured: steps and evaluations that were timed.
        notes: what was scaled from less.
    """

    training: float
    evaluation: float
    build: float
    memory: MemoryForecast | None
    measured: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Steps:
    """Steps that were taken: seconds that a whole training takes by them, on which batches, with how many paths."""

    training: float
    batches: tuple[Any, ...]
    paths: int


def measure_trials(settings: RunSettings, data: PreparedData, deadline: Deadline) -> SearchCost:
    """Take some steps with uniformly drawn architectures, each as a trial trains it."""
    from nni_autoattend.network.by_modality import build_network

    space, search = settings.space, settings.strategy.search
    drawn = draw(space.genes, _TRIALS, settings.seed)
    builds = [partial(build_network, one, space.search, data.dimensions) for one in drawn]
    cost = measure_networks("trials", builds, search, data.train, data.search, deadline)
    epoch = batches(data.train, search) * cost.step + cost.scoring(data.search)
    trial = cost.build + search.epochs * epoch
    return SearchCost((search.trials or 0) * trial, 0.0, 0.0, cost.memory, cost.measured)


def measure_supernet(settings: RunSettings, data: PreparedData, deadline: Deadline) -> SearchCost:
    """Build a supernet, take some steps of the strategy's own and score some architectures on it."""
    search, class_name = settings.strategy.search, settings.strategy.class_name
    epoch = sample_epoch(data.train, search, settings.seed)
    settle()
    supernet = ThrowAwaySupernet(settings, data)
    take: Callable[..., _Steps] = _phase_steps
    if class_name != AUTOATTEND:
        left = deadline.remaining()
        take = partial(_trainer_steps, pace=_trainer_pace(supernet, epoch))
        deadline = Deadline.after(left)  # the first Trainer imports much, which the run would have to do too
    built = resident()
    with MemoryWatch() as watch:
        steps = take(supernet, epoch, data, deadline.share(_STEPS_SHARE))
    evaluation, scored = _evaluation(supernet, data, deadline)
    training = steps.training
    if class_name not in (AUTOATTEND, ENAS):
        training += search.epochs * evaluation  # a Trainer validates after every epoch
    fewer = f"supernet steps had {steps.paths} of {supernet.paths} paths, time is scaled up: an upper bound"
    notes = (fewer,) if steps.paths < supernet.paths else ()
    memory = _memory(supernet, epoch, steps, built, watch.peak)
    return SearchCost(training, evaluation, supernet.build, memory, len(steps.batches) + scored, notes)


def supernet_build(settings: RunSettings, network_seconds: float) -> float:
    """Return about how long building a supernet takes: as much per operation as a network that took so long."""
    from nni_autoattend.ops.table import holds_weights
    from nni_autoattend.supernet.context import reachable_slots

    genes = settings.space.genes
    operations = sum(map(holds_weights, genes.state_operations))
    edges = 2.5 * genes.layers  # an addition has two, an attention three
    return network_seconds * len(reachable_slots(genes, settings.space.sharing)) * operations / edges


def _phase_steps(supernet: ThrowAwaySupernet, epoch: EpochSample, data: PreparedData, deadline: Deadline) -> _Steps:
    small = tokens_of(epoch.warm_up)
    one = supernet.phase_steps([epoch.warm_up, epoch.warm_up], 1, Deadline())[1]
    chosen = epoch.affordable(one / small, deadline.remaining())
    several = _tried(supernet, epoch.warm_up, one, deadline)
    path = several.seconds / several.tokens * sum(map(tokens_of, chosen))  # seconds of one path on all of them
    paths = max(1, min(supernet.paths, int(deadline.remaining() / path)))
    seconds = supernet.phase_steps(chosen, paths, deadline)
    taken = chosen[: len(seconds)]
    timed = [Timed(small, several.seconds * paths), *_timed(taken[1:], seconds[1:])]
    step = mean_step(timed, epoch.tokens) * supernet.paths / paths
    return _Steps(supernet.settings.strategy.search.epochs * epoch.count * step, taken, paths)


def _tried(supernet: ThrowAwaySupernet, batch: Any, one: float, deadline: Deadline) -> Timed:
    """Return the seconds of a path on a small batch: many in one step may be cheaper than many times one."""
    paths = min(supernet.paths, int(_TRIED_SHARE * deadline.remaining() / one))
    if paths > _FEW_PATHS:
        one = supernet.phase_steps([batch], paths, Deadline())[0] / paths
    return Timed(tokens_of(batch), one)


def _trainer_pace(supernet: ThrowAwaySupernet, epoch: EpochSample) -> float:
    """Return seconds per token of a step under a Trainer."""
    return supernet.trainer_steps([epoch.warm_up, epoch.warm_up], [])[1] / tokens_of(epoch.warm_up)


def _trainer_steps(
    supernet: ThrowAwaySupernet, epoch: EpochSample, data: PreparedData, deadline: Deadline, pace: float
) -> _Steps:
    recipe = supernet.settings.strategy
    validation = scoring_loader(data.search)
    chosen = epoch.affordable(pace, deadline.remaining())
    seconds = supernet.trainer_steps([epoch.warm_up, *chosen], list(islice(validation.start_at(0), 2)))[1:]
    total = epoch.count * mean_step(_timed(chosen[1:], seconds[1:]), epoch.tokens)
    if recipe.class_name == ENAS:  # what its controller takes comes after the training batches
        rewards = seconds[len(chosen) :]
        total += len(validation) * sum(rewards) / len(rewards)
    return _Steps(recipe.search.epochs * total, chosen, 1)


def _timed(chosen: Sequence[Any], seconds: Sequence[float]) -> list[Timed]:
    return [Timed(tokens_of(batch), second) for batch, second in zip(chosen, seconds, strict=False)]


def _evaluation(supernet: ThrowAwaySupernet, data: PreparedData, deadline: Deadline) -> tuple[float, int]:
    """Return the seconds of one evaluation, and how many were timed: on some texts, and on all where there is time."""
    counts = (*_FEW_TEXTS, len(data.search))
    small, larger, whole = (scoring_loader(thinned(data.search, count)) for count in counts)

    def timed(loader: Loader, rounds: int) -> list[Timed]:
        tokens = scored_tokens(loader.dataset)
        return [Timed(tokens, seconds) for seconds in supernet.evaluations(loader, rounds, deadline)]

    tokens = [scored_tokens(whole.dataset)]
    supernet.evaluations(small, 1, deadline)  # allocates
    done = [*timed(small, 2), *timed(larger, 2)]
    if mean_step(done, tokens) <= deadline.remaining():
        done += timed(whole, _ROUNDS)
    return mean_step(done, tokens), len(done)


def _memory(
    supernet: ThrowAwaySupernet, epoch: EpochSample, steps: _Steps, built: int | None, peak: int | None
) -> MemoryForecast | None:
    """Return the peak of a whole training: what was seen, with the moments that there will be in the end."""
    if built is None:
        return None
    genes, model, search = supernet.settings.space.genes, supernet.model, supernet.settings.strategy.search
    weights = trainable_bytes(model)

    def with_paths(gradients: int, moments: int) -> MemoryForecast:
        touched = [touched_bytes(model, genes, paths) for paths in (gradients, moments)]
        return MemoryForecast("supernet", built - weights, weights, touched[0], 2 * touched[1], 0)

    seen = with_activations(with_paths(steps.paths, steps.paths * len(steps.batches)), peak)
    if seen is None:
        return None
    whole = with_paths(supernet.paths, supernet.paths * search.epochs * epoch.count)
    return replace(whole, activations=epoch.enlarged(seen.activations, steps.batches))
