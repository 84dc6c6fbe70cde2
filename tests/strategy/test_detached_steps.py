"""DetachedSteps: a Lightning module's steps without a Trainer."""

import pytest
import torch
from nni.nas.evaluator.pytorch.lightning import LightningModule
from nni.nas.nn.pytorch import LayerChoice, ModelSpace
from nni.nas.strategy import RandomOneShot
from torch import nn

from nni_autoattend.errors import RecipeError
from nni_autoattend.strategy.detached_steps import DetachedSteps, set_path, supernet_modules


class Module(LightningModule):
    def __init__(self, **metrics):
        super().__init__()
        self.logged = metrics

    def training_step(self, batch, batch_idx):
        self.log("train_loss", 1.0)
        return {"loss": batch[0].sum()}

    def validation_step(self, batch, batch_idx):
        assert not self.training
        self.log_dict({name: batch[0].mean() * scale for name, scale in self.logged.items()})


BATCHES = [(torch.ones(3), torch.zeros(3)), (torch.full((1,), 5.0), torch.zeros(1))]


def test_loss_of_a_dictionary():
    assert DetachedSteps(Module()).loss(BATCHES[0], 0) == 3


def test_fitness_is_the_mean_over_items_not_batches():
    steps = DetachedSteps(Module(val_acc=1.0))
    steps.module.train()
    assert steps.fitness(BATCHES) == pytest.approx((3 * 1 + 1 * 5) / 4)
    assert steps.module.training


def test_the_metric_is_named_or_found():
    assert DetachedSteps(Module(val_acc=1.0, val_loss=9.0)).fitness(BATCHES) == pytest.approx(2.0)
    assert DetachedSteps(Module(default=2.0, val_acc=1.0)).fitness(BATCHES) == pytest.approx(4.0)
    assert DetachedSteps(Module(f1=3.0, auc=1.0), "f1").fitness(BATCHES) == pytest.approx(6.0)


@pytest.mark.parametrize("metrics", [{"f1": 1.0, "auc": 1.0}, {}])
def test_several_metrics_or_none_are_told(metrics):
    with pytest.raises(RecipeError, match="fitness_metric"):
        DetachedSteps(Module(**metrics)).fitness(BATCHES)


def test_a_modules_own_fitness_is_asked():
    module = Module()
    module.fitness = lambda loader: len(loader)
    assert DetachedSteps(module).fitness(BATCHES) == 2.0


class Space(ModelSpace):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            LayerChoice([nn.Identity(), nn.Tanh()], label="a"), LayerChoice([nn.Identity(), nn.ReLU()], label="b")
        )


def test_set_path_reaches_every_supernet_module():
    modules = supernet_modules(RandomOneShot().mutate_model(Space()))
    sample = {"a": 1, "b": 0}
    set_path(modules, sample)
    assert [module._sampled for module in modules] == [1, 0]
    assert sample == {"a": 1, "b": 0}
