"""All results of an experiment, kept in its run folder: what a resumed strategy remembers and what a person opens.

The files are those of any run, so ``report``, ``predict``, ``retrain`` and ``list runs`` work on an experiment too.
"""

import json
import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from nni_autoattend.architecture import Architecture
from nni_autoattend.errors import StorageError
from nni_autoattend.experiment.candidates import save_best, save_candidates
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.files import read_json_lines, write_atomically
from nni_autoattend.journal import Journal
from nni_autoattend.nnictl.parameters import RETRAIN, SUPERNET, Order
from nni_autoattend.strategy.candidates import Candidate

TRIAL = "trial"
_EVALUATION = "evaluation"
MODEL_FILES = ("model.safetensors", "model.json")
"""What ``network.model_files`` writes, in its order; named here because that module imports torch."""


class Ledger:
    """Results by network; equal networks have one.

    Args:
        folder: the experiment's run folder, described.
        settings: of the experiment.
    """

    def __init__(self, folder: RunFolder, settings: RunSettings) -> None:
        self.folder, self.settings = folder, settings
        self._journal = Journal(folder.journal)
        self._writing = Lock()  # results come in the dispatcher's thread, imported ones in the search's

    def fitness(self, architecture: Architecture, phase: str | None = None) -> float | None:
        """Return the score that a network came to in ``phase``, ``None``: it has none yet."""
        known = self._journal.find(phase or TRIAL, key_of(architecture))
        return None if known is None else float(known["fitness"])

    @property
    def found(self) -> list[Candidate]:
        """What the supernet trial found, best first; nothing before it has finished."""
        known = self._journal.find(SUPERNET, SUPERNET)
        return [] if known is None else [_candidate(item) for item in known["found"]]

    @property
    def finished(self) -> int:
        """How many trials have a result."""
        return sum(len(self._journal.of_stage(stage)) for stage in (TRIAL, RETRAIN, SUPERNET))

    def candidates(self, phase: str | None = None) -> list[Candidate]:
        """Return all networks with a score of ``phase``, the best first; of equals the one found first."""
        scored = [_candidate(event) for event in self._journal.of_stage(phase or TRIAL)]
        return sorted(scored, key=lambda candidate: -candidate.fitness)

    def record(self, order: Order, value: Any, job: str | None = None) -> float | None:
        """Keep the final metric of a trial and return its score; ``None``: the metric is of no use.

        Args:
            order: what the trial did.
            value: its final metric as NNI hands it over.
            job: NNI's id of the trial.

        Raises:
            AutoAttendError: the genes are not of the space, or the folder cannot be written.
        """
        score = score_of(value)
        if score is None:
            return None
        with self._writing:
            return self._record(order, value, score, job)

    def _record(self, order: Order, value: Any, score: float, job: str | None) -> float:
        if order.phase == SUPERNET:
            self._record_supernet(value, job)
            return score
        architecture = self.settings.space.genes.from_sample(order.genes)
        known = self.fitness(architecture, order.phase)
        if known is not None:
            return known
        stage, key = order.phase or TRIAL, key_of(architecture)
        self._journal.record(stage, key, fitness=score, architecture=architecture.to_json(), job=job)
        self._keep(order.phase, architecture, score, job)
        return score

    def _record_supernet(self, value: Mapping[str, Any], job: str | None) -> None:
        if self.found:
            return
        found = list(value["found"].values())
        self._take_over(self.folder.path / SUPERNET)
        self._journal.record(SUPERNET, SUPERNET, found=found, job=job)
        save_candidates(self.folder, self.settings.space.genes, list(map(_candidate, found)))
        # Half a gigabyte for 24 layers, of no more use.
        shutil.rmtree(self.folder.path / SUPERNET / "checkpoints", ignore_errors=True)

    def _take_over(self, search: Path) -> None:
        """Copy what the supernet's own process noted, where it had this disk, for the report."""
        for event in read_json_lines(search / self.folder.journal.name):
            if event["stage"] == _EVALUATION and self._journal.find(_EVALUATION, event["key"]) is None:
                self._journal.record(**event)
        history = search / self.folder.history.name
        if history.is_file():
            _copy(history, self.folder.history)

    def _keep(self, phase: str | None, architecture: Architecture, score: float, job: str | None) -> None:
        """Write the best so far, and its model where the trial's files are on this disk."""
        candidates = self.candidates(phase)
        if phase is None:
            save_candidates(self.folder, self.settings.space.genes, candidates)
        if candidates[0].architecture != architecture:
            return
        half = "selection" if phase == RETRAIN else "search"
        told = f"best of {len(candidates)} trials on the {half} half of validation"
        save_best(self.folder, self.settings.space.genes, Candidate(architecture, score), told)
        for trial in self.folder.path.parent.glob(f"environments/*/trials/{job}") if job else ():
            self._take_model(trial)

    def _take_model(self, trial: Path) -> None:
        if all((trial / name).is_file() for name in MODEL_FILES):
            for name in MODEL_FILES:
                _copy(trial / name, self.folder.path / name)


def key_of(architecture: Architecture) -> str:
    """Return what equal networks have in common, as text."""
    return json.dumps(architecture.network_key())


def score_of(value: Any) -> float | None:
    """Return the score in a final metric (a number, or ``default`` of a dictionary); ``None``: it is none."""
    score = value.get("default") if isinstance(value, Mapping) else value
    if isinstance(score, bool) or not isinstance(score, (int, float)) or not math.isfinite(score):
        return None
    return float(score)


def _candidate(item: Mapping[str, Any]) -> Candidate:
    return Candidate(Architecture.from_json(item["architecture"]), float(item["fitness"]))


def _copy(source: Path, target: Path) -> None:
    try:
        content = source.read_bytes()
    except OSError as error:
        raise StorageError(f"cannot read {source}: {error}") from error
    write_atomically(target, lambda temporary: _write(temporary, content))


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
