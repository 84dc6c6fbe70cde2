"""Strategies by name: NNI's own classes and ours, wrong arguments told with the right ones."""

import pytest
from nni.nas.strategy import Random, RandomOneShot, RegularizedEvolution

from nni_autoattend.errors import RecipeError, UnknownNameError
from nni_autoattend.recipes import load_strategy
from nni_autoattend.strategy.autoattend import AutoAttend
from nni_autoattend.strategy.differentiable import DARTS, GumbelDARTS, Proxyless
from nni_autoattend.strategy.enas import ENAS
from nni_autoattend.strategy.grid import Grid
from nni_autoattend.strategy.policy_rl import PolicyRL
from nni_autoattend.strategy.table import build_strategy, known_arguments, make_strategy
from nni_autoattend.strategy.tpe import TPE

CLASSES = {
    "autoattend": AutoAttend,
    "autoattend-2core": AutoAttend,
    "random-one-shot": RandomOneShot,
    "darts": DARTS,
    "gumbel-darts": GumbelDARTS,
    "proxyless": Proxyless,
    "enas": ENAS,
    "random": Random,
    "regularized-evolution": RegularizedEvolution,
    "grid": Grid,
    "tpe": TPE,
    "policy-rl": PolicyRL,
}


@pytest.mark.parametrize(("name", "strategy_class"), CLASSES.items())
def test_names_give_the_classes(name, strategy_class):
    assert type(make_strategy(name)) is strategy_class


def test_arguments_override_the_recipe():
    strategy = make_strategy("regularized-evolution", population_size=7, sample_size=3, seed=1)
    assert (strategy.population_size, strategy.sample_size) == (7, 3)


def test_the_seed_of_the_run_reaches_nni():
    draws = [build_strategy(load_strategy("random"), seed)._random_state.randint(10**6) for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


def test_a_misspelt_argument_that_nni_would_swallow_is_told():
    with pytest.raises(RecipeError, match=r"unknown argument 'populaton_size' \(did you mean 'population_size'\?\)"):
        make_strategy("regularized-evolution", populaton_size=5)


def test_an_impossible_value_is_told_in_one_line():
    with pytest.raises(RecipeError, match="sample_size must be smaller"):
        make_strategy("regularized-evolution", sample_size=1000)


def test_an_unknown_name_lists_the_known():
    with pytest.raises(UnknownNameError, match="autoattend-2core"):
        make_strategy("autoatend")


def test_a_class_that_is_no_strategy_is_refused(tmp_path):
    recipe = tmp_path / "mine.yaml"
    recipe.write_text(
        "description: x\nclass: collections:OrderedDict\nkind: one-shot\narguments: {}\n"
        "search: {epochs: 1, batch_size: 8, lr: 0.1}\n"
    )
    with pytest.raises(RecipeError, match="not a subclass"):
        make_strategy(str(recipe))


def test_known_arguments_are_those_of_the_whole_family():
    assert {"batches_per_update", "reward_metric_name", "filter", "mutation_hooks"} <= set(known_arguments(ENAS))
