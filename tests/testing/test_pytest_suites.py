"""The contracts as classes: as an outsider writes them."""

from nni_autoattend.strategy.autoattend import AutoAttend
from nni_autoattend.strategy.grid import Grid
from nni_autoattend.testing.pytest_suites import OneShotContract, SpaceContract, StrategyContract
from nni_autoattend.testing.toy_space import ToySpace, toy_inputs


class TestToySpace(SpaceContract):
    inputs = toy_inputs()

    def make_space(self):
        return ToySpace()


class TestGrid(StrategyContract):
    trials = 5

    def make_strategy(self, seed):
        return Grid(seed=seed)


class TestAutoAttend(OneShotContract):
    def make_strategy(self, seed):
        return AutoAttend(paths=2, population=4, rounds=1, parents=2, mutation=0.2, top_k=2, seed=seed)


def test_a_forgotten_method_is_asked_for():
    for suite, method in ((SpaceContract, "make_space"), (StrategyContract, "make_strategy")):
        try:
            getattr(suite(), method)(*([0] if method == "make_strategy" else []))
        except NotImplementedError as error:
            assert method in str(error)
        else:
            raise AssertionError(suite)
