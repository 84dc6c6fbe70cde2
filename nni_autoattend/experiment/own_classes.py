"""Classes and arguments of a person's own choice, tried before anything is written; what is shipped needs no trial."""

from importlib.util import find_spec

from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.names import resolve
from nni_autoattend.recipes import SpaceRecipe, StrategyRecipe, load_space, load_strategy, names


def check_classes(settings: RunSettings) -> None:
    """Check that space and strategy can be built; imports nni only where a class or its arguments are not the shipped.

    Raises:
        RecipeError: a class cannot be imported or is of the wrong family, or it does not take its arguments.
    """
    check_packages(settings)
    if not _shipped_space(settings.space):
        from nni_autoattend.space.table import space_class

        space_class(settings.space)
    if not _shipped_strategy(settings.strategy):
        from nni_autoattend.strategy.table import build_strategy
        from nni_autoattend.supernet.mutator import mutation_hooks

        strategy = build_strategy(settings.strategy, settings.seed)
        if _shipped_space(settings.space):
            mutation_hooks(strategy)


def check_packages(settings: RunSettings) -> None:
    """Tell a package that is not there, before nni takes its seconds to be imported.

    Raises:
        RecipeError: a class of the recipes is in no package that can be found.
    """
    for class_name in (settings.space.class_name, settings.strategy.class_name):
        package = class_name.partition(":")[0].partition(".")[0]
        if not package or package == "__main__" or find_spec(package) is None:
            resolve(class_name)


def _shipped_space(recipe: SpaceRecipe) -> bool:
    return any(load_space(name).class_name == recipe.class_name for name in names("search_spaces"))


def _shipped_strategy(recipe: StrategyRecipe) -> bool:
    shipped = map(load_strategy, names("strategies"))
    return any(_what_is_built(known) == _what_is_built(recipe) for known in shipped)


def _what_is_built(recipe: StrategyRecipe) -> tuple[object, ...]:
    return recipe.class_name, recipe.kind, recipe.arguments
