"""A Lightning evaluator is copied with its Trainer and callbacks; data are shared, others left alone."""

import pytest
import pytorch_lightning as pl
from nni.mutable import Categorical
from nni.nas.evaluator.pytorch import Classification
from nni.nas.space import SimplifiedModelSpace
from nni.nas.strategy import Random

from nni_autoattend.strategy.engine import InProcessEngine
from nni_autoattend.strategy.fresh_evaluator import fresh_evaluator
from nni_autoattend.testing.toy_space import ToySpace, toy_evaluator
from nni_autoattend.testing.toy_trial import ToyTrial


def test_trainer_module_and_callbacks_are_new_the_data_are_not():
    evaluator = toy_evaluator()
    evaluator.trainer.callbacks.append(pl.callbacks.EarlyStopping("val_acc"))
    copy = fresh_evaluator(evaluator)
    assert type(copy).__name__ == "Classification" and copy.trainer.max_epochs == evaluator.trainer.max_epochs
    assert copy.trainer is not evaluator.trainer and copy.module is not evaluator.module
    assert copy.trainer.callbacks[-1] is not evaluator.trainer.callbacks[-1]
    assert copy.train_dataloaders is evaluator.train_dataloaders
    assert copy.val_dataloaders is evaluator.val_dataloaders


def test_other_evaluators_serve_all_trials():
    trial = ToyTrial(lambda sample: 0.0)
    assert fresh_evaluator(trial) is trial
    assert fresh_evaluator(None) is None


def evaluator_as_nni_has_it(**changes):
    """No word about loggers and checkpoints: Lightning makes its own."""
    toy = toy_evaluator()
    loaders = {"train_dataloaders": toy.train_dataloaders, "val_dataloaders": toy.val_dataloaders}
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "accelerator": "cpu"}
    return Classification(num_classes=2, max_epochs=1, **loaders, **quiet, **changes)


@pytest.mark.parametrize("changes", [{}, {"learning_rate": Categorical([0.01, 0.1], label="lr")}])
def test_lightnings_own_logger_and_checkpoints_and_a_searched_rate_serve_every_trial(changes):
    engine, strategy = InProcessEngine(3), Random(seed=0)
    strategy(SimplifiedModelSpace.from_model(ToySpace(), evaluator_as_nni_has_it(**changes)), engine)
    models = list(strategy.list_models())
    assert len(models) == 3
    assert all(len(model.metrics.intermediates) == 1 for model in models)
    assert all(("lr" in model.sample) == bool(changes) for model in models)
