"""From a space recipe to the class that it names."""

import inspect
from typing import Any

from nni.nas.nn.pytorch import ModelSpace

from nni_autoattend.errors import RecipeError
from nni_autoattend.names import resolve
from nni_autoattend.recipes import SpaceRecipe

_METHODS = ("from_recipe", "architecture")


def space_class(recipe: SpaceRecipe) -> Any:
    """Return the class of ``recipe``: an NNI model space that can be built from a recipe and reads its samples.

    Raises:
        RecipeError: it cannot be imported, or is something else.
    """
    found = resolve(recipe.class_name)
    if not (inspect.isclass(found) and issubclass(found, ModelSpace)):
        raise RecipeError(f"space {recipe.name!r}: {recipe.class_name} is not a subclass of nni's ModelSpace")
    missing = [name for name in _METHODS if not callable(getattr(found, name, None))]
    if missing:
        raise RecipeError(f"space {recipe.name!r}: {recipe.class_name} does not define {' and '.join(missing)}")
    return found
