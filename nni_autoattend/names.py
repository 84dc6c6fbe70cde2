"""Dotted names: ``package.module:Attribute``, resolved when they are needed and not before."""

from importlib import import_module
from typing import Any

from nni_autoattend.errors import RecipeError


def resolve(name: str) -> Any:
    """Import what ``package.module:Attribute`` names.

    Raises:
        RecipeError: the form is wrong, the module cannot be imported (or only here: ``__main__``, which NNI's trials
            would look for in vain), or it has no such attribute.
    """
    module_name, colon, attribute = name.partition(":")
    if not (module_name and colon and attribute) or module_name.startswith("."):
        raise RecipeError(f"{name!r} is not of the form 'package.module:Name'")
    if module_name == "__main__":
        raise RecipeError(
            f"{name!r} lies in the program that runs; put it into a module, mine.py, and write 'mine:Name'"
        )
    try:
        module = import_module(module_name)
    except (ImportError, SyntaxError) as error:
        raise RecipeError(f"cannot import {module_name!r} (named by {name!r}): {error}; is it installed?") from error
    except Exception as error:  # a module of one's own fails as it likes
        told = f"{type(error).__name__}: {error}"
        raise RecipeError(f"cannot import {module_name!r} (named by {name!r}): {told}; mend it") from error
    if not hasattr(module, attribute):
        raise RecipeError(f"module {module_name!r} has no {attribute!r} (named by {name!r})")
    return getattr(module, attribute)
