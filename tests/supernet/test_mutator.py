"""The mutation hooks: NNI's sampling strategies take them, the differentiable ones are told at once."""

import pytest
from nni.nas.strategy import DARTS, ENAS, GumbelDARTS, RandomOneShot

from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.errors import RecipeError
from nni_autoattend.recipes import load_space
from nni_autoattend.space.text import TextSpace
from nni_autoattend.supernet.mutator import mutation_hooks
from nni_autoattend.supernet.path_sampling import PathSamplingEncoder

TINY = {"genes.layers": 2, "search.width": 8, "search.heads": 2}


@pytest.mark.parametrize("strategy", [RandomOneShot, ENAS])
def test_sampling_strategies_of_nni_build_the_supernet_through_the_spaces_own_hooks(strategy):
    space = TextSpace.from_recipe(load_space("autoattend-text", TINY), TextDimensions(20, 6, 3))
    supernet = strategy().mutate_model(space)
    assert isinstance(supernet.encoder, PathSamplingEncoder)
    assert supernet.simplify().keys() == space.genes.labels().keys()  # still a space, for a search on top of it


@pytest.mark.parametrize("strategy", [DARTS, GumbelDARTS])
def test_strategies_that_mix_paths_are_refused_with_the_ones_that_work(strategy):
    with pytest.raises(RecipeError, match="autoattend, random-one-shot or enas"):
        mutation_hooks(strategy())
