"""PolicyRL: NNI's controller, on draws of its own, learning within some dozen trials."""

import pytest
import torch
from nni.nas.space import SimplifiedModelSpace

from nni_autoattend.errors import RecipeError
from nni_autoattend.strategy.engine import InProcessEngine
from nni_autoattend.strategy.memory import TrialMemory
from nni_autoattend.strategy.table import make_strategy
from nni_autoattend.testing.toy_space import ToySpace
from nni_autoattend.testing.toy_trial import ToyTrial, late_values


def run(trials=10, limit=1000, fails=lambda number: False, **arguments):
    space = ToySpace()
    trial, engine = ToyTrial(late_values(space), fails), InProcessEngine(trials, memory=TrialMemory(limit))
    strategy = make_strategy("policy-rl", **{"seed": 1, **arguments})
    strategy(SimplifiedModelSpace.from_model(space, trial), engine)
    return strategy, trial, engine


def test_same_seed_same_samples_whatever_trainings_draw():
    def reseeding(number):
        torch.manual_seed(0)
        return False

    first, second, other = run()[1].samples, run(fails=reseeding)[1].samples, run(seed=2)[1].samples
    assert first == second != other


def test_it_learns_within_forty_trials():
    strategy, _, engine = run(trials=None, limit=12)
    proposed = [model.metric for model in strategy.list_models(sort=False)]
    assert engine.memory.exhausted  # it keeps to what it found
    best = next(strategy.list_models(limit=1))
    assert best.metric > 0.75
    assert len(proposed) < 45


def test_it_stops_at_its_budget_and_has_learned_at_every_fifth_trial():
    strategy, trial, engine = run(trials=10)
    assert engine.trials == len(trial.samples) == 10
    assert strategy._trajectory_count >= 10  # answers from memory teach, too


def test_failed_trials_teach_nothing_and_end_nothing():
    strategy, _, engine = run(trials=6, fails=lambda number: number % 2 == 0)
    assert engine.trials == 6
    assert all(model.metric == model.metric for model in strategy.list_models())


def test_bad_arguments_are_told_in_one_line():
    with pytest.raises(RecipeError, match="samples_per_update must be at least 1, found 0"):
        make_strategy("policy-rl", samples_per_update=0)
    with pytest.raises(RecipeError, match="learning_rate > 0"):
        make_strategy("policy-rl", learning_rate=0.0)
