"""Trials without training: what is reported, what fails, what the fitness is."""

from nni.nas.space import ModelStatus, RawFormatModelSpace

from nni_autoattend.strategy.engine import InProcessEngine
from nni_autoattend.testing.toy_space import ToySpace
from nni_autoattend.testing.toy_trial import ToyTrial, late_values

FIRST = {"first": "linear", "second": "linear", "third": "tanh"}
LAST = {"first": "bare", "second": "bare", "third": "none"}


def test_the_fitness_grows_with_the_place_of_every_value():
    fitness = late_values(ToySpace())
    assert (fitness(FIRST), fitness(LAST)) == (0.0, 1.0)
    assert fitness({**FIRST, "third": "relu"}) == 0.5 / 3


def test_samples_are_noted_and_failures_report_no_number():
    trial = ToyTrial(late_values(ToySpace()), fails=lambda number: number == 1)
    space, engine = RawFormatModelSpace.from_model(ToySpace(), trial), InProcessEngine()
    models = [space.freeze(sample) for sample in (FIRST, LAST)]
    engine.submit_models(*models)
    assert trial.samples == [FIRST, LAST]
    assert [model.metric for model in models] == [0.0, None]
    assert [model.status for model in models] == [ModelStatus.Trained, ModelStatus.Failed]
