"""A trial trains the architecture alone, from weights that depend on the seed only, and once per network."""

import math
from dataclasses import replace

import pytest
from nni.nas.execution import SequentialExecutionEngine
from nni.nas.space import SimplifiedModelSpace
from nni.nas.strategy import Random

from nni_autoattend.errors import DivergedError
from nni_autoattend.recipes import load_space, load_strategy
from nni_autoattend.space.text import TextSpace
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.trial import STAGE, StandAloneTrial
from nni_autoattend.training.loop import fit


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
    return StandAloneTrial(space.search, data, search, SearchContext(folder=folder, seed=1))


def test_the_fitness_does_not_depend_on_the_trials_before(space, text_data, rng, monkeypatch):
    monkeypatch.setattr("nni.report_final_result", lambda value: None)
    first, second = space.genes.random(rng), space.genes.random(rng)
    forwards, backwards = make(space, text_data), make(space, text_data)
    ahead = [forwards.evaluate(Model(a)) for a in (first, second)]
    back = [backwards.evaluate(Model(a)) for a in (second, first)]
    assert ahead == back[::-1]


def test_where_the_loss_decides_the_fitness_is_a_likelihood(space, text_data, rng, monkeypatch):
    monkeypatch.setattr("nni.report_final_result", lambda value: None)
    trial, kept = make(space, text_data), []
    trial.search = replace(trial.search, best="loss")
    monkeypatch.setattr(
        "nni_autoattend.strategy.stand_alone.fit",
        lambda *given, **options: kept.append(fit(*given, **options)) or kept[0],
    )
    assert trial.evaluate(Model(space.genes.random(rng))) == math.exp(-kept[0].best_loss) != kept[0].best_score


def test_one_network_is_trained_once_and_its_checkpoint_goes(space, text_data, rng, monkeypatch, tmp_path):
    reported = []
    monkeypatch.setattr("nni.report_final_result", reported.append)
    trial, architecture = make(space, text_data, tmp_path), space.genes.random(rng)
    trial.evaluate(Model(architecture))
    monkeypatch.setattr("nni_autoattend.strategy.stand_alone.fit", None)  # a second training would fail
    trial.evaluate(Model(architecture))
    assert reported[0] == reported[1]
    assert len(trial.candidates) == len(trial.context.journal.of_stage(STAGE)) == 1
    assert not list(tmp_path.glob("checkpoints/trial-*"))


def test_a_trial_that_diverges_is_journalled_and_not_trained_again(space, text_data, rng, monkeypatch, tmp_path):
    monkeypatch.setattr("nni.report_final_result", lambda value: None)
    said = []
    trial = make(space, text_data, tmp_path)
    trial.context.observer.say = said.append
    diverging, sound = space.genes.random(rng), space.genes.random(rng)

    def diverge(*arguments, checkpoint, **options):
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        checkpoint.write_text("the state of a training that was given up")
        raise DivergedError("10 batches in a row")

    with monkeypatch.context() as patch:
        patch.setattr("nni_autoattend.strategy.stand_alone.fit", diverge)
        with pytest.raises(DivergedError, match=r"try a smaller strategy\.search\.lr than 0\.01"):
            trial.evaluate(Model(diverging))
    monkeypatch.setattr("nni_autoattend.strategy.stand_alone.fit", None)  # a second training would fail
    with pytest.raises(DivergedError):
        trial.evaluate(Model(diverging))
    monkeypatch.undo()
    monkeypatch.setattr("nni.report_final_result", lambda value: None)
    trial.evaluate(Model(sound))
    assert [candidate.architecture for candidate in trial.candidates] == [sound]
    assert ["failed" in event for event in trial.context.journal.of_stage(STAGE)] == [True, False]
    assert len(said) == 2 and said[0].startswith("a trial failed: no finite losses")
    assert not list(tmp_path.glob("checkpoints/trial-*"))


def test_nnis_own_engine_trains_every_model_with_it(space, text_data):
    """Its Lightning evaluators serve one model only on that engine."""
    trial, strategy = make(space, text_data), Random(seed=0)
    model_space = TextSpace.from_recipe(space, text_data.dimensions)
    strategy(SimplifiedModelSpace.from_model(model_space, trial), SequentialExecutionEngine(3))
    models = list(strategy.list_models())
    assert len(models) == len(trial.candidates) == 3
    fitnesses = {candidate.architecture: candidate.fitness for candidate in trial.candidates}
    for model in models:
        assert model.metric == fitnesses[model_space.architecture(model.sample)]
