"""What a search relies on in a strategy, to be run on your own.

::

    from nni_autoattend.testing.strategies import check_strategy

    def test_my_strategy():
        check_strategy(lambda seed: MyStrategy(seed=seed))

A broken promise is an ``AssertionError`` of one line. ``pytest_suites`` has the checks as single tests.
"""

from collections.abc import Callable

from nni.nas.nn.pytorch import ModelSpace

from nni_autoattend.supernet.nni_bases import OneShotStrategy, Strategy
from nni_autoattend.testing.multi_trial import (
    check_budget,
    check_deadline,
    check_failing_trials,
    check_proposals,
    check_same_seed,
)
from nni_autoattend.testing.one_shot import MakeEvaluator, check_same_search, check_search
from nni_autoattend.testing.requirement import require
from nni_autoattend.testing.toy_space import ToySpace, toy_evaluator

MakeStrategy = Callable[[int], Strategy]


def check_strategy(
    make: MakeStrategy,
    space: Callable[[], ModelSpace] = ToySpace,
    evaluator: MakeEvaluator = toy_evaluator,
    trials: int = 8,
    repeatable: bool = True,
) -> None:
    """Run every check of a strategy, of either kind.

    Args:
        make: builds a new strategy from a seed.
        space: builds the space that is searched; a toy of ``LayerChoice``s by default.
        evaluator: builds a Lightning evaluator that trains ``space``, for one-shot strategies.
        trials: budget of a multi-trial strategy.
        repeatable: whether one seed must give one search.

    Raises:
        AssertionError: a promise is broken; the message says which one and what to do.
    """
    strategy = make(0)
    require(
        isinstance(strategy, Strategy), f"{type(strategy).__name__} is no subclass of nni.nas.strategy.base.Strategy"
    )
    require(make(0) is not strategy, "the strategy is built once and handed out twice: it can run only once")
    if isinstance(strategy, OneShotStrategy):
        check_search(make, space, evaluator)
        if repeatable:
            check_same_search(make, space, evaluator)
        return
    check_proposals(make, space, trials)
    check_budget(make, space, trials)
    check_deadline(make, space)
    check_failing_trials(make, space, trials)
    if repeatable:
        check_same_seed(make, space, trials)
