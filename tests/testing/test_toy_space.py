"""The toy: 48 samples, each of which runs and can be trained."""

import torch
from nni.nas.execution import SequentialExecutionEngine
from nni.nas.space import RawFormatModelSpace

from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.testing.toy_space import ToySpace, toy_evaluator, toy_inputs


def test_samples_run():
    values = SampleSpace(ToySpace()).grid()
    assert [len(choices) for choices in values.values()] == [4, 4, 3]
    network = ToySpace().freeze({label: choices[-1] for label, choices in values.items()})
    assert network(*toy_inputs()).shape == (6, 2)


def test_the_evaluator_learns():
    torch.manual_seed(0)
    space = RawFormatModelSpace.from_model(ToySpace(), toy_evaluator())
    model = space.freeze({"first": "tanh", "second": "tanh", "third": "none"})
    SequentialExecutionEngine().submit_models(model)
    assert model.metric > 0.6
