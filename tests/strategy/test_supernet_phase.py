"""SupernetPhase: distinct paths, summed gradients, one optimiser step (kills and NaN: test_autoattend.py)."""

import pytest
import torch
from nni.nas.evaluator.pytorch.lightning import LightningModule
from nni.nas.nn.pytorch import LayerChoice, ModelSpace
from nni.nas.strategy import RandomOneShot
from torch import nn

from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.detached_steps import DetachedSteps
from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.strategy.supernet_phase import SupernetPhase


class Space(ModelSpace):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layer = LayerChoice([nn.Linear(3, 1, bias=False) for _ in range(4)], label="layer")

    def forward(self, points):
        return self.layer(points)


class Regression(LightningModule):
    def __init__(self):
        super().__init__()
        self.paths = []

    def training_step(self, batch, batch_idx):
        self.paths.append(self.model.layer._sampled)
        return self.model(batch[0]).sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.model.parameters(), lr=0.1)


def make(paths, clip=0.0, epochs=1, batches=1, **context):
    model, module = RandomOneShot().mutate_model(Space()), Regression()
    module.set_model(model)
    loader = [(torch.ones(2, 3), torch.zeros(2))] * batches
    return SupernetPhase(
        DetachedSteps(module), model, SampleSpace(model), loader,
        epochs=epochs, paths=paths, clip=clip, context=SearchContext(**context),
    )  # fmt: skip


def test_the_paths_of_a_step_are_distinct_and_their_gradients_summed_into_one_step():
    phase = make(paths=3)
    before = {name: weight.clone() for name, weight in phase.model.named_parameters()}
    phase.run()
    used = phase.steps.module.paths
    assert len(used) == len(set(used)) == 3
    for name, weight in phase.model.named_parameters():
        moved = -0.1 * torch.full_like(weight, 2.0) if int(name.split(".")[1]) in used else torch.zeros_like(weight)
        torch.testing.assert_close(weight - before[name], moved)


def test_the_global_norm_of_the_sum_is_clipped():
    phase = make(paths=4, clip=1.0)
    before = torch.cat([weight.flatten().clone() for weight in phase.model.parameters()])
    phase.run()
    after = torch.cat([weight.flatten() for weight in phase.model.parameters()])
    assert (after - before).norm().item() == pytest.approx(0.1, rel=1e-4)


def test_more_paths_than_the_space_has_are_all_of_them():
    phase = make(paths=9)
    phase.run()
    assert sorted(phase.steps.module.paths) == [0, 1, 2, 3]


def test_epochs_history_and_callback():
    losses = []
    phase = make(paths=1, epochs=3, batches=4)
    phase.on_epoch = losses.append
    position = phase.run()
    assert (position.epoch, position.step, len(losses)) == (3, 12, 3)
    assert [row["step"] for row in phase.context.history.rows] == [4, 8, 10, 12]


def test_every_path_is_drawn_equally_often():
    phase = make(paths=1, epochs=400, batches=1)
    phase.run()
    counts = [phase.steps.module.paths.count(path) for path in range(4)]
    assert all(70 < count < 130 for count in counts)
