"""The contracts as pytest classes: inherit, say what is checked, and every check is a test of its own.

::

from nni_autoattend.testing.pytest_suites import SpaceContract, StrategyContract

class TestMySpace(SpaceContract):
    inputs = (torch.zeros(4, 8),)

    def make_space(self):
        return MySpace(layers=2)

class TestMyStrategy(StrategyContract):
    def make_strategy(self, seed):
        return MyStrategy(seed=seed)
"""

from typing import Any

from nni.nas.evaluator.pytorch.lightning import Lightning
from nni.nas.nn.pytorch import ModelSpace

from nni_autoattend.supernet.nni_bases import Strategy
from nni_autoattend.testing import multi_trial, one_shot, spaces
from nni_autoattend.testing.supernets import check_supernet
from nni_autoattend.testing.toy_space import ToySpace, toy_evaluator


class SpaceContract:
    """Tests of a model space.

    Attributes:
        inputs: arguments of ``forward``; ``None``: no forward pass is tried.
    """

    inputs: tuple[Any, ...] | None = None

    def make_space(self) -> ModelSpace:
        """Build the space, a new one at each call; to be overridden."""
        raise NotImplementedError("define make_space(self)")

    def test_labels(self) -> None:
        """Labels hold no slash and stay the same."""
        spaces.check_labels(self.make_space)

    def test_importable(self) -> None:
        """NNI can import the class by its name."""
        spaces.check_importable(self.make_space)

    def test_samples(self) -> None:
        """Samples are of the space; one seed, one sequence."""
        spaces.check_samples(self.make_space)

    def test_freeze(self) -> None:
        """A sample freezes to a network that runs."""
        spaces.check_freeze(self.make_space, self.inputs)

    def test_canonical(self) -> None:
        """Equal networks, equal value."""
        spaces.check_canonical(self.make_space)

    def test_mutate(self) -> None:
        """Mutants stay in the space and obey their generator."""
        spaces.check_mutate(self.make_space)

    def test_rebuilt(self) -> None:
        """NNI builds the same network from class and arguments."""
        spaces.check_rebuilt(self.make_space)

    def test_supernet(self) -> None:
        """A supernet's path is the network that it freezes to."""
        check_supernet(self.make_space, self.inputs)


class StrategyContract:
    """Tests of a multi-trial strategy.

    Attributes:
        trials: its budget.
    """

    trials = 8

    def make_strategy(self, seed: int) -> Strategy:
        """Build a new strategy from a seed; to be overridden."""
        raise NotImplementedError("define make_strategy(self, seed)")

    def make_space(self) -> ModelSpace:
        """Build the space that is searched, a new one at each call."""
        return ToySpace()

    def test_proposals(self) -> None:
        """Proposals are of the space and are listed the best first."""
        multi_trial.check_proposals(self.make_strategy, self.make_space, self.trials)

    def test_budget(self) -> None:
        """The strategy stops at its budget."""
        multi_trial.check_budget(self.make_strategy, self.make_space, self.trials)

    def test_deadline(self) -> None:
        """The strategy stops when the time is up."""
        multi_trial.check_deadline(self.make_strategy, self.make_space)

    def test_failing_trials(self) -> None:
        """Failing trials do not end the search."""
        multi_trial.check_failing_trials(self.make_strategy, self.make_space, self.trials)

    def test_same_seed(self) -> None:
        """One seed gives one search."""
        multi_trial.check_same_seed(self.make_strategy, self.make_space, self.trials)


class OneShotContract:
    """Tests of a one-shot strategy."""

    def make_strategy(self, seed: int) -> Strategy:
        """Build a new strategy from a seed; to be overridden."""
        raise NotImplementedError("define make_strategy(self, seed)")

    def make_space(self) -> ModelSpace:
        """Build the space that is searched, a new one at each call."""
        return ToySpace()

    def make_evaluator(self) -> Lightning:
        """Build a Lightning evaluator that trains the space, a new one at each call."""
        return toy_evaluator()

    def test_search(self) -> None:
        """The strategy exports a sample of the space."""
        one_shot.check_search(self.make_strategy, self.make_space, self.make_evaluator)

    def test_same_search(self) -> None:
        """One seed gives one export."""
        one_shot.check_same_search(self.make_strategy, self.make_space, self.make_evaluator)
