"""check_strategy: every shipped strategy keeps the contract, and what is no strategy is told."""

import pytest

from nni_autoattend.recipes import load_strategy, names
from nni_autoattend.strategy.table import make_strategy
from nni_autoattend.testing.strategies import check_strategy

MULTI_TRIAL = [name for name in names("strategies") if load_strategy(name).kind == "multi-trial"]
SMALL = {
    "population_size": 3, "sample_size": 2, "startup_trials": 3, "samples_per_update": 3,
    "paths": 2, "population": 4, "rounds": 1, "parents": 2, "batches_per_update": 2,
}  # fmt: skip
"""Arguments by name, wherever a recipe has them."""
OBEY_NO_SEED = {"random-one-shot"}
"""NNI draws the paths of its own layers from the operating system."""


def make(name):
    arguments = {key: value for key, value in SMALL.items() if key in load_strategy(name).arguments}
    return lambda seed: make_strategy(name, **arguments, **({"seed": seed} if name in MULTI_TRIAL else {}))


@pytest.mark.parametrize("name", names("strategies"))
def test_shipped_strategies_keep_the_contract(name):
    check_strategy(make(name), trials=7, repeatable=name not in OBEY_NO_SEED)


def test_what_is_no_strategy_is_told():
    with pytest.raises(AssertionError, match=r"dict is no subclass of nni.nas.strategy.base.Strategy"):
        check_strategy(lambda seed: {})
    once = make("random")(0)
    with pytest.raises(AssertionError, match="it can run only once"):
        check_strategy(lambda seed: once)
