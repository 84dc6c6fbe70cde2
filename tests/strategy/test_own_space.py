"""The person's space is found inside NNI's forms, and building it again disturbs nobody's draws."""

import torch
from nni.nas.space import RawFormatModelSpace, SimplifiedModelSpace

from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.recipes import load_space
from nni_autoattend.space.text import TextSpace
from nni_autoattend.strategy.own_space import own_space
from nni_autoattend.testing.toy_space import ToySpace


def text_space():
    tiny = {"genes.layers": 2, "search.width": 8, "search.heads": 2}
    return TextSpace.from_recipe(load_space("autoattend-text", tiny), TextDimensions(20, 6, 3))


def test_the_raw_form_holds_the_space_itself():
    space = text_space()
    assert own_space(RawFormatModelSpace.from_model(space)) is space
    assert own_space(space) is space


def test_the_simplified_form_is_asked_by_building_the_space_again(rng):
    space = text_space()
    sample = space.genes.to_sample(space.genes.random(rng))
    simplified = SimplifiedModelSpace.from_model(space)
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    for form in (simplified, simplified.freeze(sample)):
        assert own_space(form).canonical(sample) == space.canonical(sample)
    assert torch.equal(torch.rand(3), expected)


def test_a_space_that_knows_nothing_more_than_its_labels_is_not_built_again():
    simplified = SimplifiedModelSpace.from_model(ToySpace())
    assert own_space(simplified) is simplified
