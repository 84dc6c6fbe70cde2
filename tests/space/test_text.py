"""TextSpace: an NNI model space that freezes to a text network."""

from random import Random

import pytest
import torch
from nni.nas.nn.pytorch import ModelSpace
from nni.nas.space import SimplifiedModelSpace

from nni_autoattend.datasets.batches import collate
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.network.text import TextNetwork
from nni_autoattend.recipes import load_space, names
from nni_autoattend.space.text import TextSpace

DIMENSIONS = TextDimensions(20, 6, 3)
TINY = {"genes.layers": 2, "search.width": 8, "search.heads": 2}


@pytest.fixture
def recipe():
    return load_space("autoattend-text", TINY)


@pytest.fixture
def text():
    return collate([[torch.tensor([2, 3, 4])], [torch.tensor([5])]])


def test_every_shipped_recipe_builds_a_model_space(text):
    for name in (name for name in names("search_spaces") if load_space(name).modality == "text"):
        space = TextSpace.from_recipe(load_space(name, TINY), DIMENSIONS)
        assert isinstance(space, ModelSpace)
        sample = space.genes.to_sample(space.genes.random(Random(0)))
        assert space.freeze(sample)(text).shape == (2, 3)


def test_the_addition_only_space_has_no_attention_labels():
    space = TextSpace.from_recipe(load_space("autoattend-text-addition", TINY), DIMENSIONS)
    assert not [label for label in space.simplify() if "query" in label or "key" in label or "value" in label]


def test_frozen_space_and_plain_network_are_the_same_function(recipe, text, rng):
    space = TextSpace.from_recipe(recipe, DIMENSIONS)
    architecture = space.genes.random(rng)
    frozen = space.freeze(space.genes.to_sample(architecture)).eval()
    network = TextNetwork(architecture, recipe.search, DIMENSIONS).eval()
    network.load_state_dict(frozen.state_dict())  # the very same names
    torch.testing.assert_close(network(text), frozen(text), atol=0, rtol=0)


def test_nni_rebuilds_the_network_from_stored_arguments(recipe, text, rng):
    space = TextSpace.from_recipe(recipe, DIMENSIONS)
    architecture = space.genes.random(rng)
    model = SimplifiedModelSpace.from_model(space).freeze(space.genes.to_sample(architecture)).executable_model()
    assert model.encoder.architecture == architecture
    assert model(text).shape == (2, 3)


def test_the_arguments_are_plain_values_that_nni_can_store(recipe):
    import nni

    space = TextSpace.from_recipe(recipe, DIMENSIONS)
    assert "_nni_" not in nni.dump([space.trace_args, space.trace_kwargs])


def test_canonical_equals_for_one_network_and_mutate_stays_in_the_space(recipe, rng):
    space = TextSpace.from_recipe(recipe, DIMENSIONS)
    sample = {**space.genes.to_sample(space.genes.random(rng)), "layer02_kind": "addition", "layer02_right_op": "zero"}
    other = {**sample, "layer02_source": 1 - sample["layer02_source"], "layer02_key_op": "gru"}
    assert space.canonical(sample) == space.canonical(other)
    mutant = space.mutate(sample, 1.0, rng)
    assert space.contains(mutant) and space.canonical(mutant) != space.canonical(sample)
