"""An architecture is trained alone from weights that depend on the seed only; its checkpoint goes when it is over."""

import pytest
import torch

from nni_autoattend.errors import DivergedError
from nni_autoattend.recipes import load_space
from nni_autoattend.settings import TrainingSettings
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.stand_alone import train_alone

TRAINING = TrainingSettings(epochs=2, batch_size=16, lr=0.01)


@pytest.fixture
def space():
    return load_space("autoattend-text", {"genes.layers": 2, "search.width": 8, "search.heads": 2})


def test_the_search_half_judges_and_nothing_of_before_matters(space, text_data, rng, tmp_path):
    architecture = space.genes.random(rng)
    context = SearchContext(folder=tmp_path, seed=1, checkpoint_minutes=0.0)
    first = train_alone(architecture, space.search, text_data, TRAINING, context, "one")
    torch.randn(7)
    assert train_alone(architecture, space.search, text_data, TRAINING, context, "two") == first
    assert first.epochs_done == 2 and not list(tmp_path.rglob("*.pt"))


def test_whoever_watches_is_told_every_step(space, text_data, rng, tmp_path, kill_after):
    observer = kill_after("trial-7", 3)
    context = SearchContext(folder=tmp_path, seed=1, observer=observer)
    with pytest.raises(KeyboardInterrupt):
        train_alone(space.genes.random(rng), space.search, text_data, TRAINING, context, "trial-7")
    assert observer.done == {"trial-7": 0}


def test_it_goes_on_after_a_kill_and_forgets_what_diverged(space, text_data, rng, tmp_path, monkeypatch):
    architecture = space.genes.random(rng)
    context = SearchContext(folder=tmp_path, seed=1, checkpoint_minutes=0.0)
    whole = train_alone(architecture, space.search, text_data, TRAINING, context, "one")
    from nni_autoattend.training.loop import _Training

    score = _Training._score
    monkeypatch.setattr(_Training, "_score", lambda self, epoch: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        train_alone(architecture, space.search, text_data, TRAINING, context, "one")
    assert list(tmp_path.rglob("one.pt"))
    monkeypatch.setattr(_Training, "_score", score)
    assert train_alone(architecture, space.search, text_data, TRAINING, context, "one") == whole

    def diverges(self):
        self._save()
        raise DivergedError("no finite losses")

    monkeypatch.setattr(_Training, "_train_epoch", diverges)
    with pytest.raises(DivergedError):
        train_alone(architecture, space.search, text_data, TRAINING, context, "one")
    assert not list(tmp_path.rglob("*.pt"))
