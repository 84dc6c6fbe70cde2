"""Checks of multi-trial strategies: each tells its broken promise in one line."""

from random import Random

import pytest

from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.supernet.nni_bases import Strategy
from nni_autoattend.testing.strategies import check_strategy


class Own(Strategy):
    """A strategy of one's own, as short as it gets; the classes below break a promise each."""

    def __init__(self, seed=0):
        super().__init__()
        self.rng = Random(seed)

    def going_on(self):
        return self.wait_for_resource()

    def sample(self, samples):
        return samples.random(self.rng)

    def _run(self):
        samples = SampleSpace(self.model_space)
        while self.going_on():
            self.engine.submit_models(self.model_space.freeze(self.sample(samples)))


def test_a_strategy_of_ones_own():
    check_strategy(Own)


class NeverAsks(Own):
    def going_on(self):
        return True


class GivesUp(Own):
    def going_on(self):
        return self.engine.trials < 2


class StopsAtAFailure(Own):
    def going_on(self):
        failed = any(model.metric is None for model in self.engine.list_models())
        return super().going_on() and not failed


class DrawsAtLarge(Own):
    def sample(self, samples):
        return samples.random(Random())


class DoesNothing(Own):
    def _run(self):
        pass


class ListsTheWorstFirst(Own):
    def list_models(self, sort=True, limit=None):
        yield from list(super().list_models())[::-1][:limit]


BROKEN = {
    NeverAsks: r"although engine.budget_available\(\) is False",
    GivesUp: "gave up after 2 of 8 trials",
    StopsAtAFailure: "a trial that failed ended the search",
    DrawsAtLarge: "two searches with one seed part at trial",
    DoesNothing: "ended without proposing anything",
    ListsTheWorstFirst: "does not list the best first",
}


@pytest.mark.parametrize("strategy", BROKEN)
def test_a_broken_promise_is_told_in_one_line(strategy):
    with pytest.raises(AssertionError, match=BROKEN[strategy]) as error:
        check_strategy(strategy)
    assert "\n" not in str(error.value)
