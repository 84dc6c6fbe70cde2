"""Every shipped strategy on every shipped space, tiny: searches, exports, freezes, trains one step.

Both come from the recipe folders: a new recipe joins by itself. One cell of each strategy is quick, the others are
marked slow; the spaces take turns, so that the quick cells see them all.
"""

import math

import pytest

from nni_autoattend.datasets.by_modality import training_loader
from nni_autoattend.recipes import load_space, load_strategy, names
from nni_autoattend.space.table import space_class
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.search import search_architectures
from nni_autoattend.training.step import AdamStep

TINY_SPACE = {"genes.layers": 2, "search.width": 16, "search.heads": 2}
TINY_ARGUMENTS = {
    "paths": 2, "population": 4, "rounds": 1, "parents": 2,
    "population_size": 3, "sample_size": 2, "startup_trials": 3, "samples_per_update": 2, "updates": 1,
    "batches_per_update": 2, "warmup_epochs": 0,
}  # fmt: skip
"""Made small wherever a recipe has an argument of that name."""
TINY_SEARCH = {"trials": 3, "samples": 3}
"""Likewise, wherever a recipe limits these."""


def cells():
    spaces = names("search_spaces")
    for number, strategy in enumerate(names("strategies")):
        for place, space in enumerate(spaces):
            slow = () if place == number % len(spaces) else (pytest.mark.slow,)
            yield pytest.param(strategy, space, marks=slow, id=f"{strategy}-on-{space}")


def tiny_strategy(name):
    recipe = load_strategy(name)
    changes = {"search.epochs": 1, "search.batch_size": 16, "search.lr": 0.01}
    changes |= {f"arguments.{key}": value for key, value in TINY_ARGUMENTS.items() if key in recipe.arguments}
    changes |= {f"search.{key}": value for key, value in TINY_SEARCH.items() if getattr(recipe.search, key)}
    return load_strategy(name, changes)


@pytest.mark.parametrize(("strategy", "space"), cells())
def test_searches_exports_freezes_and_trains(strategy, space, text_data, graph_data):
    recipe = load_space(space, TINY_SPACE)
    data = {"text": text_data, "graph": graph_data}[recipe.modality]
    candidates = search_architectures(recipe, tiny_strategy(strategy), data, SearchContext(seed=1))
    keys = [candidate.architecture.network_key() for candidate in candidates]
    assert len(set(keys)) == len(keys) >= 1
    assert all(0.0 <= candidate.fitness <= 1.0 for candidate in candidates)

    built = space_class(recipe).from_recipe(recipe, data.dimensions)
    exported = built.genes.to_sample(candidates[0].architecture)
    assert built.contains(exported)
    network = built.freeze(exported)
    assert built.canonical(exported) == keys[0]

    before = [weight.detach().clone() for weight in network.parameters()]
    training = tiny_strategy(strategy).search
    loss = AdamStep(network, training).take(*next(training_loader(data.train, training, 0).start_at(0)))
    assert loss is not None and math.isfinite(loss)
    assert any(not (old == new).all() for old, new in zip(before, network.parameters(), strict=True))


def test_the_quick_cells_see_every_strategy_and_every_space():
    quick = [cell.values for cell in cells() if not cell.marks]
    assert sorted(strategy for strategy, _ in quick) == names("strategies")
    assert {space for _, space in quick} == set(names("search_spaces"))
