"""The second stage: exported samples are scored on the trained supernet, the best come first."""

from nni.nas.nn.pytorch import LayerChoice, ModelSpace
from nni.nas.strategy import RandomOneShot
from torch import nn

from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.second_stage import score_exports


class Space(ModelSpace):
    def __init__(self):
        super().__init__()
        self.layer = LayerChoice([nn.Identity() for _ in range(6)], label="layer")


class Training:
    """Knows a fitness per path."""

    def __init__(self):
        self.model = None

    def set_model(self, model):
        self.model = model

    def fitness(self, loader):
        return float({0: 0.5, 1: 0.9, 2: 0.1}.get(self.model.layer._sampled, 0.3))


class Strategy:
    """Exports what it is told to."""

    def __init__(self, exports):
        self.oneshot_module, self.training_module = self, Training()
        self.exports = iter(exports)

    def export(self):
        return {"layer": next(self.exports)}


def score(exports, count):
    model = RandomOneShot().mutate_model(Space())
    return score_exports(Strategy(exports), model, [], count, SearchContext())


def test_distinct_exports_are_scored_and_sorted():
    scored = score([0, 0, 2, 1, 1, 0], 3)
    assert [(item.sample["layer"], item.fitness) for item in scored] == [(1, 0.9), (0, 0.5), (2, 0.1)]


def test_a_controller_that_repeats_itself_ends_the_stage():
    assert len(score([4] * 2000, 3)) == 1
