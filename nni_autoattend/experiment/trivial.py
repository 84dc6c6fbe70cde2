"""The trivial baseline that stands in every table: no network, tuned on the selection half, tested once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nni_autoattend.baselines.by_modality import TRIVIAL, tuning_ladder
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.predictions import Decisions, Predictions, read_predictions, save_predictions
from nni_autoattend.experiment.results import Measured

STAGE = "trivial"
_SHARE = 0.1
"""Part of the time left that a further tuning run may use: the networks need it more."""


@dataclass(frozen=True)
class Attempt:
    """The trivial baseline, fitted with one setting.

    Attributes:
        label: the setting, for people.
        parameters: numbers that were fitted; ``None``: it has none.
        score: on the selection half.
        test: returns the labels of the test split and what is predicted of it.
    """

    label: str
    parameters: int | None
    score: float
    test: Callable[[], tuple[Decisions, Decisions]]


Fit = Callable[[Mapping[str, float]], Attempt]
"""From a setting of the tuning ladder to an attempt."""


def measure_trivial(splits: Any, runs: int, bench: Bench) -> Measured:
    """Tune the trivial baseline with ``runs`` runs on the selection half and predict the test split once.

    It has no random part, so that one seed stands for all.
    """
    name = TRIVIAL[bench.settings.space.modality]
    record = bench.journal.find(STAGE, name)
    predictions = read_predictions(bench.folder, name, 0)
    if record is None or predictions is None:
        bench.observer.start(name, runs)
        predictions, record = _measure(name, _fit(splits, bench), runs, bench)
        bench.observer.finish()
    if record["runs"] < runs:
        bench.note(f"{name}: {record['runs']} of {runs} tuning runs, the budget was used up")
    validation = (float(record["score"]),)
    return Measured(name, "trivial", record["parameters"], validation, float(record["cpu_seconds"]), (predictions,))


def _fit(splits: Any, bench: Bench) -> Fit:
    if bench.settings.space.modality == "graph":
        from nni_autoattend.experiment.trivial_nodes import fit_nodes

        return fit_nodes(bench)
    from nni_autoattend.experiment.trivial_texts import fit_texts

    return fit_texts(splits, bench)


def _measure(name: str, fit: Fit, runs: int, bench: Bench) -> tuple[Predictions, dict[str, Any]]:
    started = time.process_time()
    best, done = _tune(name, fit, runs, bench)
    labels, predicted = best.test()
    predictions = Predictions(name, 0, best.label, labels, predicted)
    save_predictions(bench.folder, predictions)
    figures = {"score": best.score, "parameters": best.parameters, "runs": done}
    return predictions, bench.journal.record(STAGE, name, **figures, cpu_seconds=time.process_time() - started)


def _tune(name: str, fit: Fit, runs: int, bench: Bench) -> tuple[Attempt, int]:
    """Return the attempt with the best selection score, and how many there was time for."""
    best: Attempt | None = None
    done, longest, settings = 0, 0.0, bench.settings
    ladder = tuning_ladder(settings.space.modality, name, runs, lr=settings.retrain.lr, task=settings.data.task)
    for setting in ladder:
        if best is not None and bench.deadline.remaining() * _SHARE < longest:
            break
        started = time.monotonic()
        attempt = fit(setting)
        best = attempt if best is None or attempt.score > best.score else best
        done, longest = done + 1, max(longest, time.monotonic() - started)
        bench.observer.advance(1, score=attempt.score)
    if best is None:
        raise AssertionError("a ladder has at least one rung")
    return best, done
