"""The Lightning side: the same loss, optimiser and fitness as everywhere, and NNI's evaluator around it."""

import math

import pytest
import torch
from torch import nn

from nni_autoattend.budget import Deadline
from nni_autoattend.datasets.batches import TextLoader
from nni_autoattend.datasets.encoded import EncodedTexts
from nni_autoattend.errors import DivergedError
from nni_autoattend.history import History
from nni_autoattend.progress import SilentObserver
from nni_autoattend.settings import TrainingSettings
from nni_autoattend.training.evaluation import judge
from nni_autoattend.training.lightning import Classification, RunCallback, lightning_evaluator


class Bag(nn.Module):
    """The mean of word vectors, classified."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.embedding, self.head = nn.Embedding(10, 4), nn.Linear(4, 2)

    def forward(self, text):
        vectors = self.embedding(text.tokens) * text.mask.unsqueeze(-1)
        return self.head(vectors.sum(1) / text.mask.sum(1, keepdim=True))


def make_loader(shuffle):
    windows = [[torch.tensor([2 + i % 2, 5, 6])] for i in range(20)]
    return TextLoader(EncodedTexts(windows, torch.arange(20) % 2), 4, shuffle=shuffle)


def make_module(**changes):
    settings = {"epochs": 3, "batch_size": 4, "lr": 0.1, "clip": 1.0} | changes
    module = Classification(TrainingSettings(**settings), "accuracy", 2)
    module.set_model(Bag())
    return module


def test_a_trainer_of_nni_learns_with_it(tmp_path):
    module, history = make_module(), History(tmp_path / "history.csv")
    train = make_loader(shuffle=True)
    callback = RunCallback(train, Deadline(), SilentObserver(), history)
    evaluator = lightning_evaluator(module, train, make_loader(shuffle=False), [callback])
    evaluator.evaluate(module.model)
    assert module.fitness(make_loader(shuffle=False)) == 1.0
    assert module.fitness(make_loader(False)) == judge(module.model, make_loader(False), "accuracy", 2).score
    losses = [row["loss"] for row in history.rows]
    assert len(losses) == 3 and losses[-1] < losses[0]
    assert train.epoch == 2  # every epoch had its own order


def test_where_the_loss_decides_the_fitness_is_a_likelihood():
    module, loader = make_module(best="loss"), make_loader(shuffle=False)
    assert module.fitness(loader) == pytest.approx(math.exp(-judge(module.model, loader, "accuracy", 2).loss))


def test_a_deadline_stops_after_the_step():
    module, train, history = make_module(epochs=50), make_loader(shuffle=True), History()
    callback = RunCallback(train, Deadline.after(0.0), SilentObserver(), history)
    lightning_evaluator(module, train, make_loader(shuffle=False), [callback]).evaluate(module.model)
    assert [row["step"] for row in history.rows] == [1]


def test_gradients_are_clipped_at_the_recipes_norm():
    module = make_module(clip=0.5)
    for weight in module.model.parameters():
        weight.grad = torch.full_like(weight, 3.0)
    module.configure_gradient_clipping(module.configure_optimizers())
    norm = torch.cat([weight.grad.flatten() for weight in module.model.parameters()]).norm()
    assert norm.item() == pytest.approx(0.5, rel=1e-4)


class Spoilt(Bag):
    """Has no finite logits for batches that hold the word 3 in its first text."""

    def forward(self, text):
        return super().forward(text) * (torch.nan if text.tokens[0, 0] == 3 else 1.0)


def fit_spoilt(first_words, epochs):
    windows = [[torch.tensor([word, 5])] for word in first_words]
    loader = TextLoader(EncodedTexts(windows, torch.arange(len(windows)) % 2), 1, shuffle=True)
    module = make_module(epochs=epochs)
    module.set_model(Spoilt())
    lightning_evaluator(module, loader, loader).evaluate(module.model)
    return module


def test_a_step_without_finite_gradients_changes_nothing_and_is_counted():
    module = fit_spoilt([2, 3, 2, 3], epochs=3)
    assert module.skipped == 6
    assert all(weight.isfinite().all() for weight in module.model.parameters())


def test_ten_in_a_row_end_the_training():
    with pytest.raises(DivergedError, match=r"10 losses in a row.*smaller lr"):
        fit_spoilt([3, 3, 3, 3], epochs=5)


def test_frozen_weights_are_not_optimised():
    module = make_module()
    module.model.embedding.weight.requires_grad_(False)
    (group,) = module.configure_optimizers().param_groups
    assert len(group["params"]) == 2
