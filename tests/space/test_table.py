from dataclasses import replace

import pytest

from nni_autoattend.errors import RecipeError
from nni_autoattend.recipes import load_space, names
from nni_autoattend.space.graph import GraphSpace
from nni_autoattend.space.table import space_class
from nni_autoattend.space.text import TextSpace


def test_shipped_recipes_name_their_class():
    assert {space_class(load_space(name)) for name in names("search_spaces")} == {TextSpace, GraphSpace}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere_at_all:Mine", "cannot import 'nowhere_at_all'"),
        ("collections:OrderedDict", "is not a subclass of nni's ModelSpace"),
        ("os.path:join", "is not a subclass of nni's ModelSpace"),
        ("nni.nas.nn.pytorch:ModelSpace", "does not define from_recipe and architecture"),
    ],
)
def test_other_classes_are_refused(name, message):
    with pytest.raises(RecipeError, match=message):
        space_class(replace(load_space("autoattend-text"), class_name=name))
