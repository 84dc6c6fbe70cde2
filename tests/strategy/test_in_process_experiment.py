"""NNI's experiment on our engine: every model of a multi-trial strategy is trained, each network once."""

import pytest

from nni_autoattend.strategy.in_process_experiment import InProcessExperiment
from nni_autoattend.strategy.table import make_strategy
from nni_autoattend.testing.toy_space import ToySpace, toy_evaluator
from nni_autoattend.testing.toy_trial import ToyTrial, late_values


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(*parts, **limits):
        experiment = InProcessExperiment(*parts, **limits)
        experiment.config.experiment_working_directory = str(tmp_path)
        experiment.run(port=None)
        experiment.stop()
        return experiment

    return run


def test_a_lightning_evaluator_trains_every_model(run):
    experiment = run(ToySpace(), toy_evaluator(), make_strategy("random", seed=0), trials=3)
    models = experiment.export_top_models(top_k=5)
    assert len(models) == 3
    metrics = [model.metric for model in models]
    assert metrics == sorted(metrics, reverse=True)
    assert all(len(model.metrics.intermediates) == 1 for model in models)


def test_grid_keeps_its_place_in_nnis_checkpoint(run):
    space = ToySpace()
    strategy = make_strategy("grid", seed=0)
    run(space, ToyTrial(late_values(space)), strategy, trials=5)
    assert strategy.state_dict()["position"] >= 5 and len(strategy.state_dict()["seen"]) == 5


def test_a_budget_of_time_ends_it(run):
    space = ToySpace()
    trial = ToyTrial(late_values(space))
    run(space, trial, make_strategy("random", seed=0), budget=0.0)
    assert len(trial.samples) == 1


def test_one_shot_strategies_run_in_it_too(run):
    small = {"paths": 2, "population": 4, "rounds": 1, "parents": 2}
    experiment = run(ToySpace(), toy_evaluator(), make_strategy("autoattend", **small))
    assert ToySpace().contains(experiment.export_top_models(formatter="dict")[0])
