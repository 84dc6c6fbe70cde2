"""A trial trains the architecture alone, from weights that depend on the seed only, and once per network."""

import pytest

from nni_autoattend.recipes import load_space, load_strategy
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.trial import STAGE, TextTrial


class Model:
    """What NNI hands over: a network with an encoder."""

    def __init__(self, architecture):
        self.encoder = self
        self.architecture = architecture


@pytest.fixture
def space():
    return load_space("autoattend-text", {"genes.layers": 2, "search.width": 8, "search.heads": 2})


def make(space, data, folder=None):
    search = load_strategy("random", {"search.epochs": 1, "search.batch_size": 16, "search.lr": 0.01}).search
    return TextTrial(space.search, data, search, SearchContext(folder=folder, seed=1))


def test_the_fitness_does_not_depend_on_the_trials_before(space, text_data, rng, monkeypatch):
    monkeypatch.setattr("nni.report_final_result", lambda value: None)
    first, second = space.genes.random(rng), space.genes.random(rng)
    forwards, backwards = make(space, text_data), make(space, text_data)
    ahead = [forwards.evaluate(Model(a)) for a in (first, second)]
    back = [backwards.evaluate(Model(a)) for a in (second, first)]
    assert ahead == back[::-1]


def test_one_network_is_trained_once_and_its_checkpoint_goes(space, text_data, rng, monkeypatch, tmp_path):
    reported = []
    monkeypatch.setattr("nni.report_final_result", reported.append)
    trial, architecture = make(space, text_data, tmp_path), space.genes.random(rng)
    trial.evaluate(Model(architecture))
    monkeypatch.setattr("nni_autoattend.strategy.trial.fit", None)  # a second training would fail
    trial.evaluate(Model(architecture))
    assert reported[0] == reported[1]
    assert len(trial.candidates) == len(trial.context.journal.of_stage(STAGE)) == 1
    assert not list(tmp_path.glob("checkpoints/trial-*"))
