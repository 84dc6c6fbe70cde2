"""Checks of multi-trial strategies, on trials that need no training."""

from collections.abc import Callable

from nni.nas.nn.pytorch import ModelSpace
from nni.nas.space import ExecutableModelSpace, SimplifiedModelSpace

from nni_autoattend.budget import Deadline
from nni_autoattend.genes import Sample
from nni_autoattend.strategy.engine import InProcessEngine
from nni_autoattend.supernet.nni_bases import Strategy
from nni_autoattend.testing.requirement import brief, require
from nni_autoattend.testing.toy_space import ToySpace
from nni_autoattend.testing.toy_trial import ToyTrial, late_values
from nni_autoattend.training.checkpoint import seed_generators

MakeStrategy = Callable[[int], Strategy]
MakeSpace = Callable[[], ModelSpace]


class StrictEngine(InProcessEngine):
    """Refuses a model that is submitted although no budget is left, where NNI's engine only complains and goes on."""

    def submit_models(self, *models: ExecutableModelSpace) -> None:
        """Run ``models`` as long as there is budget."""
        for model in models:
            require(self.budget_available(), "the strategy submits models although engine.budget_available() is False")
            super().submit_models(model)


def check_proposals(make: MakeStrategy, space: MakeSpace = ToySpace, trials: int = 8) -> None:
    """The strategy proposes samples of the space and lists what it tried, the best first, ready to be frozen."""
    strategy, trial, _ = _search(make(0), space, trials)
    require(trial.samples, "the strategy ended without proposing anything")
    listed = list(strategy.list_models(limit=3))
    metrics = [model.metric for model in listed]
    require(metrics, "list_models() lists nothing after a search")
    require(metrics == sorted(metrics, reverse=True), f"list_models() does not list the best first: {metrics}")
    require(metrics[0] == max(map(trial.fitness, trial.samples)), "list_models() does not begin with the best trial")
    for model in listed:
        require(space().contains(model.sample), f"list_models() gives no sample of the space: {brief(model.sample)}")
        space().freeze(model.sample)


def check_budget(make: MakeStrategy, space: MakeSpace = ToySpace, trials: int = 8) -> None:
    """The strategy stops when the engine has no budget left, and not long before."""
    _, _, engine = _search(make(0), space, trials)
    ended = engine.trials == trials or engine.memory.exhausted
    require(ended, f"the strategy gave up after {engine.trials} of {trials} trials in a space that holds more")


def check_deadline(make: MakeStrategy, space: MakeSpace = ToySpace) -> None:
    """Once the time is up the strategy ends by itself after the trial that runs."""
    engine = StrictEngine(deadline=Deadline.after(0.0))
    trial = ToyTrial(late_values(space()))
    make(0)(SimplifiedModelSpace.from_model(space(), trial), engine)
    require(engine.trials <= 1, f"the strategy began {engine.trials} trials after the deadline")


def check_failing_trials(make: MakeStrategy, space: MakeSpace = ToySpace, trials: int = 8) -> None:
    """Trials that fail (NaN, hence no metric) do not end the search, and are not among the best."""
    strategy, _, engine = _search(make(0), space, trials, fails=lambda number: number % 3 == 0)
    require(engine.trials > 1, "a trial that failed ended the search")
    metrics = [model.metric for model in strategy.list_models()]
    require(all(metric == metric for metric in metrics), "list_models() lists a failed trial")


def check_same_seed(make: MakeStrategy, space: MakeSpace = ToySpace, trials: int = 8) -> None:
    """One seed gives one search, whatever else draws from the global generators meanwhile."""
    first, second = (_proposed(make, space, trials, disturb=disturb) for disturb in (False, True))
    place = next((number for number, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), None)
    require(place is None, f"two searches with one seed part at trial {place}: draw from generators of your own")
    require(len(first) == len(second), "two searches with one seed have other lengths")


def _search(
    strategy: Strategy, space: MakeSpace, trials: int, fails: Callable[[int], bool] = lambda number: False
) -> tuple[Strategy, ToyTrial, InProcessEngine]:
    model_space, engine = space(), StrictEngine(trials)
    trial = ToyTrial(late_values(model_space), fails)
    strategy(SimplifiedModelSpace.from_model(model_space, trial), engine)
    return strategy, trial, engine


def _proposed(make: MakeStrategy, space: MakeSpace, trials: int, *, disturb: bool) -> list[Sample]:
    """Return what was tried; ``disturb`` seeds the global generators at every trial, as a training does."""

    def moving(number: int) -> bool:
        if disturb:
            seed_generators(number)
        return False

    return _search(make(3), space, trials, moving)[1].samples
