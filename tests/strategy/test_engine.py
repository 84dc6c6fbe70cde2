"""InProcessEngine: limits and deadline, memory of networks, failed trials, an evaluator fit for every trial."""

import pytest
from nni.mutable import Categorical
from nni.nas.evaluator import FunctionalEvaluator
from nni.nas.nn.pytorch import ModelSpace
from nni.nas.space import ModelStatus, RawFormatModelSpace, SimplifiedModelSpace, model_context
from nni.nas.strategy import Random
from torch import nn

from nni_autoattend.budget import Deadline
from nni_autoattend.errors import DivergedError
from nni_autoattend.strategy.engine import InProcessEngine
from nni_autoattend.strategy.memory import TrialMemory
from nni_autoattend.supernet.nni_bases import Strategy
from nni_autoattend.testing.toy_space import ToySpace, toy_evaluator
from nni_autoattend.testing.toy_trial import ToyTrial


class Folded(ModelSpace):
    """Four samples, two networks: ``b`` means nothing."""

    def __init__(self):
        super().__init__()
        self.a = self.add_mutable(Categorical([0, 1], label="a"))
        self.b = self.add_mutable(Categorical([0, 1], label="b"))
        self.layer = nn.Linear(1, 1)

    def canonical(self, sample):
        return sample["a"]

    def freeze(self, sample):
        with model_context(sample):
            return type(self)()


class Proposes(Strategy):
    """Submits given samples, then the last one for ever; it asks for budget as NNI's strategies do."""

    def __init__(self, *samples):
        super().__init__()
        self.given = list(samples)
        self.ended = []

    def _run(self):
        while self.wait_for_resource():
            sample = self.given.pop(0) if len(self.given) > 1 else self.given[0]
            model = self.model_space.freeze(sample)
            self.engine.submit_models(model)
            self.ended.append((model.status, model.metric))


def sample(a, b=0):
    return {"a": a, "b": b}


def run(strategy, trial, space=None, **engine):
    built = InProcessEngine(**engine)
    strategy(RawFormatModelSpace.from_model(space or Folded(), trial), built)
    return built


def test_the_first_model_always_runs_then_the_deadline_counts():
    trial = ToyTrial(lambda sample: 0.5)
    engine = run(Proposes(sample(0), sample(1)), trial, max_models=5, deadline=Deadline.after(0.0))
    assert (engine.trials, len(trial.samples)) == (1, 1)


def test_the_number_of_models_is_a_limit():
    trial = ToyTrial(lambda sample: 0.5)
    engine = run(Random(seed=0), trial, ToySpace(), max_models=4)
    assert engine.trials == len(trial.samples) == 4


@pytest.mark.parametrize("form", [RawFormatModelSpace, SimplifiedModelSpace])
def test_one_network_is_trained_once_and_its_answer_is_no_trial(form):
    strategy = Proposes(sample(0, 0), sample(0, 1), sample(0, 0), sample(1, 1))
    trial, engine = ToyTrial(lambda sample: sample["a"] + 0.25), InProcessEngine(max_models=2)
    strategy(form.from_model(Folded(), trial), engine)
    assert trial.samples == [sample(0, 0), sample(1, 1)]
    assert engine.trials == 2
    assert strategy.ended == [(ModelStatus.Trained, fitness) for fitness in (0.25, 0.25, 0.25, 1.25)]
    assert [model.metric for model in strategy.list_models()] == [1.25, 0.25]  # every network once


def test_so_many_answers_in_a_row_stop_the_strategy_and_it_says_why():
    strategy, trial = Proposes(sample(0), sample(1)), ToyTrial(lambda sample: 0.5)
    engine = run(strategy, trial, max_models=20)
    assert engine.trials == 2 and len(strategy.ended) == 2 + 1000
    assert engine.memory.exhausted
    assert "1,000 networks in a row that were trained before; 2 distinct networks" in engine.memory.complaint


def test_a_new_network_starts_the_count_again():
    strategy = Proposes(sample(0), sample(0), sample(0), sample(1), sample(0), sample(0), sample(1))
    engine = run(strategy, ToyTrial(lambda sample: 0.5), memory=TrialMemory(limit=3))
    assert len(strategy.ended) == 7 and engine.trials == 2  # the three answers after the new network are in a row


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"default": float("nan")}])
def test_a_metric_that_is_not_finite_is_a_failed_trial_without_a_metric(value):
    trial = ToyTrial(lambda sample: value if sample["a"] == 0 else 0.5)
    strategy = Proposes(sample(0), sample(0, 1), sample(1))
    engine = run(strategy, trial, max_models=2)
    failed = (ModelStatus.Failed, None)
    assert strategy.ended == [failed, failed, (ModelStatus.Trained, 0.5)]
    assert engine.trials == 2  # it cost a trial, its second proposal did not
    assert [model.metric for model in strategy.list_models()] == [0.5]


def diverges(model):
    raise DivergedError("no finite losses")


def test_a_trial_that_diverges_does_not_end_the_search():
    strategy = Proposes(sample(0), sample(1))
    engine = run(strategy, FunctionalEvaluator(diverges), max_models=2)
    assert engine.trials == 2 and {status for status, _ in strategy.ended} == {ModelStatus.Failed}


def breaks(model):
    raise ZeroDivisionError


def test_a_bug_in_an_evaluator_ends_the_search_unless_told_otherwise():
    with pytest.raises(ZeroDivisionError):
        run(Proposes(sample(0), sample(1)), FunctionalEvaluator(breaks), max_models=2)
    engine = run(Proposes(sample(0), sample(1)), FunctionalEvaluator(breaks), max_models=2, continue_on_failure=True)
    assert engine.trials == 2


def test_every_trial_of_a_lightning_evaluator_is_trained():
    """NNI's own sequential engine trains the first model and ends with a KeyError at the second."""
    evaluator = toy_evaluator()
    strategy = Random(seed=0)
    run(strategy, evaluator, ToySpace(), max_models=3)
    models = list(strategy.list_models())
    assert len(models) == 3
    assert all(0.0 <= model.metric <= 1.0 and len(model.metrics.intermediates) == 1 for model in models)
    assert evaluator.trainer.current_epoch == 0  # it is as new
