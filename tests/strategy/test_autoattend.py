"""AutoAttend in a bare NasExperiment, on a space that knows nothing of us."""

import nni
import pytest
import torch
from nni.nas.evaluator.pytorch import Classification, DataLoader
from nni.nas.experiment import NasExperiment
from nni.nas.nn.pytorch import LayerChoice, ModelSpace
from torch import nn
from torch.utils.data import TensorDataset

from nni_autoattend.errors import DivergedError, RecipeError
from nni_autoattend.strategy.autoattend import AutoAttend
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.table import make_strategy

SMALL = {"paths": 2, "population": 6, "rounds": 2, "parents": 3, "mutation": 0.5, "top_k": 3}


class TwoChoices(ModelSpace):
    """Only the linear/tanh path can fit the data; the dead one cannot."""

    def __init__(self):
        super().__init__()
        self.first = LayerChoice({"live": nn.Linear(2, 16), "dead": Dead(16), "odd": nn.Linear(2, 16)}, label="first")
        self.second = LayerChoice({"tanh": nn.Tanh(), "dead": Dead(16), "relu": nn.ReLU()}, label="second")
        self.head = nn.Linear(16, 2)

    def forward(self, points):
        return self.head(self.second(self.first(points)))


class Dead(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.width = width

    def forward(self, states):
        return states.new_zeros(len(states), self.width)


def make_evaluator(epochs=6):
    generator = torch.Generator().manual_seed(0)
    points = torch.randn(128, 2, generator=generator)
    data = TensorDataset(points, (points[:, 0] > points[:, 1]).long())
    return Classification(
        num_classes=2,
        learning_rate=0.05,
        max_epochs=epochs,
        train_dataloaders=DataLoader(data, batch_size=32, shuffle=True),
        val_dataloaders=DataLoader(data, batch_size=64),
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def run_experiment(strategy, tmp_path, epochs=6):
    torch.manual_seed(0)
    experiment = NasExperiment(TwoChoices(), make_evaluator(epochs), strategy)
    experiment.config.experiment_working_directory = str(tmp_path)
    experiment.run(port=None)
    experiment.stop()
    return experiment


def test_bare_nas_experiment_on_two_layer_choices(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    strategy = AutoAttend(**SMALL, seed=1)
    best = run_experiment(strategy, tmp_path).export_top_models(top_k=3, formatter="dict")
    assert len(best) == 3 and "dead" not in best[0].values()
    fitnesses = [scored.fitness for scored in strategy.scored]
    assert fitnesses == sorted(fitnesses, reverse=True) and fitnesses[0] > 0.9
    assert min(fitnesses) < 0.8  # the dead paths were told from the live ones
    assert len({str(sorted(scored.sample.items())) for scored in strategy.scored}) == len(strategy.scored)


def run_search(folder=None, stop=None, epochs=3):
    """Run the strategy in NNI's engine; ``stop`` raises from the observer to play a kill."""
    from nni.nas.execution import SequentialExecutionEngine
    from nni.nas.space import RawFormatModelSpace

    torch.manual_seed(0)
    space, strategy = TwoChoices(), AutoAttend(**SMALL, seed=5)
    context = SearchContext(folder=folder, seed=5, checkpoint_minutes=0.0)
    if folder is not None:
        from nni_autoattend.journal import Journal

        context.journal = Journal(folder / "journal.jsonl")
    if stop is not None:
        context.observer = stop
    strategy.attach(context)
    strategy(RawFormatModelSpace.from_model(space, make_evaluator(epochs)), SequentialExecutionEngine())
    return space, strategy, context


@pytest.mark.parametrize(("phase", "steps"), [("supernet", 2), ("supernet", 5), ("supernet", 12), ("evolution", 4)])
def test_resumes_bit_for_bit_in_both_phases(tmp_path, phase, steps, kill_after):
    whole_space, whole, whole_context = run_search(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run_search(tmp_path / "cut", kill_after(phase, steps))
    space, resumed, context = run_search(tmp_path / "cut")
    assert resumed.scored == whole.scored
    for one, two in zip(space.state_dict().values(), whole_space.state_dict().values(), strict=True):
        assert torch.equal(one, two)
    strip = [{**row, "seconds": None} for row in context.history.rows]
    assert strip == [{**row, "seconds": None} for row in whole_context.history.rows]
    assert context.journal.path.read_bytes() == whole_context.journal.path.read_bytes()


def test_same_seed_same_search():
    assert run_search()[1].scored == run_search()[1].scored


class SometimesNan(TwoChoices):
    """The odd path has no finite loss."""

    def forward(self, points):
        states = self.first(points)
        return self.head(self.second(states)) + (torch.nan if self.first._sampled == "odd" else 0.0)


def run_nan(space_class, folder):
    from nni.nas.execution import SequentialExecutionEngine
    from nni.nas.space import RawFormatModelSpace

    space, strategy = space_class(), AutoAttend(**{**SMALL, "population": 2, "rounds": 0}, seed=0)
    strategy.attach(SearchContext(folder=folder))
    strategy(RawFormatModelSpace.from_model(space, make_evaluator(4)), SequentialExecutionEngine())
    return strategy


def test_a_path_without_a_finite_loss_is_skipped_and_counted(tmp_path):
    from nni_autoattend.training.checkpoint import load_checkpoint

    run_nan(SometimesNan, tmp_path)
    state = load_checkpoint(tmp_path / "checkpoints" / "supernet.pt")
    assert 0 < state["position"]["skipped"] < 32
    assert all(value.isfinite().all() for value in state["model"].values())


class AlwaysNan(TwoChoices):
    def forward(self, points):
        return super().forward(points) * torch.nan


def test_ten_in_a_row_stop_the_search_with_its_state_saved(tmp_path):
    with pytest.raises(DivergedError, match=r"10 paths in a row.*learning rate"):
        run_nan(AlwaysNan, tmp_path)
    assert (tmp_path / "checkpoints" / "supernet.pt").exists()


class Cusp(TwoChoices):
    """Finite losses whose gradients are not."""

    def forward(self, points):
        return super().forward(points) + (self.head.weight * 0).sum().sqrt()


def test_finite_losses_without_finite_gradients_stop_it_too(tmp_path):
    with pytest.raises(DivergedError, match="10 paths in a row"):
        run_nan(Cusp, tmp_path)


def test_deadline_stops_at_the_best_so_far():
    from nni_autoattend.budget import Deadline

    ticks = iter(range(10_000))
    strategy = AutoAttend(**SMALL, seed=1)
    strategy.attach(SearchContext(deadline=Deadline(5, lambda: next(ticks))))
    from nni.nas.execution import SequentialExecutionEngine
    from nni.nas.space import RawFormatModelSpace

    strategy(RawFormatModelSpace.from_model(TwoChoices(), make_evaluator(50)), SequentialExecutionEngine())
    assert len(strategy.scored) == 1
    assert max(row["step"] for row in strategy.context.history.rows or [{"step": 0}]) < 50 * 4


def test_bad_arguments_are_told_in_one_line():
    with pytest.raises(RecipeError, match="population must be at least 1"):
        AutoAttend(**{**SMALL, "population": 0})
    with pytest.raises(RecipeError, match="mutation"):
        AutoAttend(**{**SMALL, "mutation": 0.0})


def test_published_defaults_are_in_the_recipe():
    strategy = make_strategy("autoattend")
    published = (strategy.paths, strategy.population, strategy.rounds, strategy.parents, strategy.mutation)
    assert published == (16, 500, 5, 100, 0.05)
    assert nni.__version__
