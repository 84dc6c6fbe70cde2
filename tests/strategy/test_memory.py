"""TrialMemory: networks, not samples; an evaluator's own labels tell trials apart."""

import nni
from nni.mutable import Categorical
from nni.nas.evaluator import FunctionalEvaluator
from nni.nas.nn.pytorch import ModelSpace
from nni.nas.space import ModelStatus, RawFormatModelSpace, SimplifiedModelSpace

from nni_autoattend.strategy.memory import Answer, TrialMemory


class Parity(ModelSpace):
    """Networks differ by ``a`` modulo 2."""

    def __init__(self):
        super().__init__()
        self.a = self.add_mutable(Categorical(range(4), label="a"))

    def canonical(self, sample):
        return sample["a"] % 2


class Plain(ModelSpace):
    def __init__(self):
        super().__init__()
        self.a = self.add_mutable(Categorical(range(4), label="a"))


def train(model, lr=0.1):
    nni.report_final_result(lr)


def finished(space, sample, metric=0.5, status=ModelStatus.Trained):
    model = space.freeze(sample)
    model.metrics.final = metric
    model.status = status
    return model


def test_equal_networks_are_recalled_and_counted_in_a_row():
    for form in (RawFormatModelSpace, SimplifiedModelSpace):
        space, memory = form.from_model(Parity()), TrialMemory(limit=2)
        assert memory.recall(space.freeze({"a": 0})) is None
        memory.remember(finished(space, {"a": 0}))
        assert memory.recall(space.freeze({"a": 2})) == Answer(ModelStatus.Trained, 0.5)
        assert memory.in_a_row == 1 and not memory.exhausted
        memory.recall(space.freeze({"a": 0}))
        assert memory.exhausted
        assert memory.recall(space.freeze({"a": 1})) is None
        assert memory.in_a_row == 0 and not memory.exhausted
        assert len(memory) == 1


def test_without_canonical_every_sample_is_a_network():
    space, memory = SimplifiedModelSpace.from_model(Plain()), TrialMemory()
    memory.remember(finished(space, {"a": 0}))
    assert memory.recall(space.freeze({"a": 2})) is None
    assert memory.recall(space.freeze({"a": 0})) is not None


def test_labels_of_the_evaluator_tell_trials_apart():
    evaluator = FunctionalEvaluator(train, lr=Categorical([0.1, 0.2], label="lr"))
    for form in (RawFormatModelSpace, SimplifiedModelSpace):
        space, memory = form.from_model(Parity(), evaluator), TrialMemory()
        memory.remember(finished(space, {"a": 0, "lr": 0.1}))
        assert memory.recall(space.freeze({"a": 2, "lr": 0.2})) is None
        assert memory.recall(space.freeze({"a": 2, "lr": 0.1})) is not None


def test_a_supernet_without_a_sample_is_never_remembered():
    model, memory = RawFormatModelSpace.from_model(Parity()), TrialMemory()
    memory.remember(model)
    assert memory.recall(model) is None and len(memory) == 0
