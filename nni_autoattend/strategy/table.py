"""From the name of a strategy to the object: recipes name the classes, NNI's own and ours alike."""

import inspect
from dataclasses import replace
from typing import Any

from nni_autoattend.errors import RecipeError, did_you_mean
from nni_autoattend.names import resolve
from nni_autoattend.recipes import StrategyRecipe, load_strategy
from nni_autoattend.supernet.nni_bases import OneShotStrategy, Strategy

_NOT_ARGUMENTS = ("self", "args", "kwargs", "model_space", "engine")


def make_strategy(name: str, **arguments: Any) -> Strategy:
    """Return the strategy of a shipped recipe (or a recipe file), its ``arguments`` overridden by keyword.

    Raises:
        UnknownNameError: no such recipe.
        RecipeError: an argument that the class does not know.
    """
    recipe = load_strategy(name)
    return build_strategy(replace(recipe, arguments={**recipe.arguments, **arguments}))


def build_strategy(recipe: StrategyRecipe, seed: int | None = None) -> Strategy:
    """Return the strategy that ``recipe`` describes; ``seed`` goes to classes that take one and were given none.

    Raises:
        RecipeError: the class is no NNI strategy or of another ``kind``, or it does not take an argument.
    """
    strategy_class = resolve(recipe.class_name)
    if not (inspect.isclass(strategy_class) and issubclass(strategy_class, Strategy)):
        raise RecipeError(f"strategy {recipe.name!r}: {recipe.class_name} is not a subclass of nni's Strategy")
    if issubclass(strategy_class, OneShotStrategy) != (recipe.kind == "one-shot"):
        raise RecipeError(f"strategy {recipe.name!r}: {recipe.class_name} is not of kind {recipe.kind!r}")
    known = known_arguments(strategy_class)
    for name in recipe.arguments:
        if name not in known:
            hint = f"{did_you_mean(name, known)}; known: {', '.join(known)}"
            raise RecipeError(f"strategy {recipe.name!r}: unknown argument {name!r}{hint}")
    arguments = dict(recipe.arguments)
    if "seed" in known and seed is not None:
        arguments.setdefault("seed", seed)
    try:
        return strategy_class(**arguments)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"strategy {recipe.name!r}: {error}") from error


def known_arguments(strategy_class: type) -> list[str]:
    """Return the keyword arguments that a class and its bases name; NNI's ``**kwargs`` would swallow misspelt ones."""
    names: list[str] = []
    for base in strategy_class.__mro__:
        if "__init__" in vars(base):
            names += [name for name in inspect.signature(base).parameters if name not in (*_NOT_ARGUMENTS, *names)]
    return sorted(names)
