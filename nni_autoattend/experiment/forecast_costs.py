"""What everything that a run trains costs: it is built, takes some real steps, and is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from nni_autoattend.budget import Deadline
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.entrants import FOUND, Entrant, draw, stand_alone
from nni_autoattend.experiment.forecast import MemoryForecast
from nni_autoattend.experiment.forecast_counts import ENAS, ONE_SHOT
from nni_autoattend.experiment.forecast_networks import NetworkCost, measure_networks
from nni_autoattend.experiment.forecast_search import SearchCost, measure_supernet, measure_trials, supernet_build
from nni_autoattend.experiment.forecast_trivial import fit_seconds
from nni_autoattend.experiment.run_settings import RunSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

DRAWS = 4
"""Uniform architectures that stand for the one to be found: the steps of two may differ threefold."""
_ROWS_SHARE = 0.5
"""Part of the measuring time that the rows of the results table may use; the search has the rest."""


@dataclass(frozen=True)
class RunCost:
    """What was measured for a run.

    Attributes:
        rows: by row of the results table.
        fit: seconds of one fit of the trivial baseline.
        search: ``None`` where there is none, or where a class of somebody's own does it in its own way.
    """

    rows: dict[str, NetworkCost]
    fit: float
    search: SearchCost | None

    @property
    def measured(self) -> int:
        """Steps, evaluations and fits that were timed."""
        searched = self.search.measured if self.search else 0
        return 1 + searched + sum(cost.measured for cost in self.rows.values())

    @property
    def memory(self) -> MemoryForecast | None:
        """The largest peak."""
        peaks = [cost.memory for cost in self.rows.values()]
        if self.search:
            peaks.append(self.search.memory)
        return max((peak for peak in peaks if peak is not None), key=lambda peak: peak.total, default=None)


def measure_run(
    rows: Sequence[Entrant], bench: Bench, splits: Any, seconds: float, *, is_searched: bool, is_strict: bool
) -> RunCost | None:
    """Measure for about ``seconds``; of everything the least that tells anything.

    Args:
        rows: of the results table.
        bench: settings and data.
        splits: what the data were made from.
        seconds: about how long.
        is_searched: whether the run searches.
        is_strict: return ``None`` where building a supernet alone would take longer than ``seconds``.
    """
    settings, deadline = bench.settings, Deadline.after(seconds)
    costs = _rows(rows, bench, deadline.share(_ROWS_SHARE))
    fit = fit_seconds(splits, bench.data, settings)
    if not (is_searched and is_known(settings)):
        return RunCost(costs, fit, None)
    if settings.strategy.kind == "multi-trial":
        return RunCost(costs, fit, measure_trials(settings, bench.data, deadline))
    if is_strict and supernet_build(settings, costs[FOUND].build) > seconds:
        return None
    return RunCost(costs, fit, measure_supernet(settings, bench.data, deadline))


def is_known(settings: RunSettings) -> bool:
    """Tell whether the time of the search can be told: a one-shot class of somebody's own trains as it likes."""
    return settings.strategy.kind == "multi-trial" or settings.strategy.class_name in ONE_SHOT


def import_everything(settings: RunSettings, *, is_searched: bool) -> None:
    """Import what the run imports anyway: no import shall be timed, nor counted as measuring."""
    import torch

    import nni_autoattend.baselines.tfidf_logistic
    import nni_autoattend.training.loop

    torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])  # the first optimiser imports torch's compiler
    if is_searched:
        import nni_autoattend.strategy.search  # noqa: F401
    if is_searched and settings.strategy.class_name == ENAS:
        import nni.nas.strategy._rl_impl  # noqa: F401


def _rows(rows: Sequence[Entrant], bench: Bench, deadline: Deadline) -> dict[str, NetworkCost]:
    costs = {}
    for number, row in enumerate(rows):
        own = deadline.share(row.weight / sum(other.weight for other in rows[number:]))
        training, data = row.variants[0].training, bench.data
        costs[row.name] = measure_networks(row.name, _builds(row, bench), training, data.train, data.selection, own)
    return costs


def _builds(row: Entrant, bench: Bench) -> list[Callable[[], nn.Module]]:
    if row.kind == "baseline":
        return [row.variants[0].build]
    return [partial(stand_alone, one, bench) for one in draw(bench.settings.space.genes, DRAWS, bench.settings.seed)]
