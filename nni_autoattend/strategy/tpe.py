"""NNI's TPE on networks: seeded, towards larger metrics, no network twice, no second of sleep after each trial.

NNI's strategy hands unnamed arguments through to its tuner, whose default is to *minimise*; it waits a second after
each model. Its tuner replaces a sample that it proposed before by the next point of a grid, whose last label changes
fastest: once the estimator is sure, that is a walk along one corner of the space, most of it one network.
"""

import math
from collections.abc import Hashable
from typing import Any

import nni
from nni.algorithms.hpo import random_tuner
from nni.algorithms.hpo.tpe_tuner import TpeTuner
from nni.common.hpo_utils import deformat_parameters
from nni.mutable import (
    Categorical,
    CategoricalMultiple,
    Mutable,
    MutableAnnotation,
    MutableSymbol,
    SampleValidationError,
)
from nni.nas.space import ExecutableModelSpace

from nni_autoattend.errors import RecipeError
from nni_autoattend.strategy.network_key import NetworkKey
from nni_autoattend.supernet.nni_bases import NniTpe

_TRIES = 1000


class TPE(NniTpe):  # type: ignore[misc]  # NNI has no types
    """Tree-structured Parzen estimator (Bergstra et al. 2011) on every label alone, larger metrics being better.

    A proposal of a network that was proposed before is replaced by a uniform sample of a new one.

    Args:
        startup_trials: uniform samples before the estimator proposes (NNI: 20).
        candidates: draws from the good trials' distribution, of which the most promising one is proposed (NNI: 24,
            which leaves nothing to chance where a label has five values).
        gamma: how many trials count as good: ``gamma * sqrt(trials)``.
        prior_weight: how many trials the uniform prior counts for.
        seed: of every draw.
    """

    def __init__(
        self, *, startup_trials: int, candidates: int, gamma: float, prior_weight: float, seed: int = 0
    ) -> None:
        if startup_trials < 1 or candidates < 1 or gamma <= 0 or prior_weight <= 0:
            raise RecipeError(
                "tpe: startup_trials and candidates at least 1, gamma and prior_weight above 0, found "
                f"{startup_trials}, {candidates}, {gamma} and {prior_weight}"
            )
        if math.ceil(gamma * math.sqrt(startup_trials)) >= startup_trials:
            raise RecipeError(
                f"tpe: gamma {gamma} calls all of {startup_trials} startup_trials good; take more of them"
            )
        arguments = {
            "n_startup_jobs": startup_trials,
            "n_ei_candidates": candidates,
            "gamma": gamma,
            "prior_weight": prior_weight,
        }
        super().__init__(optimize_mode="maximize", seed=seed, tpe_args=arguments)

    def _run(self) -> None:
        space = _tuner_space(self.model_space)
        with self._thread_lock:
            self.tuner.update_search_space(space)
            self.tuner.dedup = _NewNetworks(self.tuner, NetworkKey(self.model_space))
        invalid = 0
        while invalid < _TRIES and self.wait_for_resource():
            try:
                model = self._propose()
            except nni.NoMoreTrialError:
                return
            invalid = 0 if model is not None else invalid + 1
            if model is not None:
                self.engine.submit_models(model)

    def _propose(self) -> ExecutableModelSpace | None:
        """Return the next model, ``None`` for a sample that breaks a constraint.

        Raises:
            nni.NoMoreTrialError: no network is left that was not proposed.
        """
        with self._thread_lock:
            number = self._model_count
            self._model_count += 1
            sample = self.tuner.generate_parameters(number)
            try:
                model = self.model_space.freeze(sample)
            except SampleValidationError:
                self.tuner.trial_end(number, False)
                return None
            self._model_to_id[model] = number
            return model


class _NewNetworks:
    """Stands in for the tuner's own ``Deduplicator``: asked with every proposal, it returns one of a new network."""

    def __init__(self, tuner: TpeTuner, key: NetworkKey) -> None:
        self._tuner, self._key = tuner, key
        self._proposed: set[Hashable] = set()

    def __call__(self, proposal: dict[Any, Any]) -> dict[Any, Any]:
        """Return ``proposal``, or a uniform sample where its network was proposed before.

        Raises:
            nni.NoMoreTrialError: a thousand draws found no new network.
        """
        for _ in range(_TRIES):
            key = self._key(deformat_parameters(proposal, self._tuner.space))
            if key not in self._proposed:
                self._proposed.add(key)
                return proposal
            proposal = random_tuner.suggest(self._tuner.rng, self._tuner.space)
        raise nni.NoMoreTrialError


def _tuner_space(model_space: Mutable) -> dict[str, Any]:
    """Return the space as NNI's tuners read it; several choices at once become a label for each.

    Raises:
        RecipeError: a label is no choice.
    """
    labels = model_space.simplify(is_leaf=_is_one_choice)
    searched = {label: item for label, item in labels.items() if not isinstance(item, MutableAnnotation)}
    for label, item in searched.items():
        if not isinstance(item, Categorical):
            raise RecipeError(f"tpe: NNI's strategy searches choices only, and label {label!r} is {item!r}")
    return {label: item.as_legacy_dict() for label, item in searched.items()}


def _is_one_choice(mutable: Mutable) -> bool:
    return isinstance(mutable, MutableSymbol) and not isinstance(mutable, CategoricalMultiple)
