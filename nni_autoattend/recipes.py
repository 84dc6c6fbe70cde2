"""Recipes: the search spaces and strategies that a person picks by name, one YAML file each.

``search_spaces/`` and ``strategies/`` are choices; this module finds, reads and checks them. A recipe of one's own is
given by its path; a class of one's own by ``class: my_package.module:Class``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from nni_autoattend.errors import RecipeError, UnknownNameError, did_you_mean
from nni_autoattend.genes import Genes
from nni_autoattend.modality import MODALITIES, ModalityName
from nni_autoattend.schema import read
from nni_autoattend.settings import NetworkShape, SearchSettings
from nni_autoattend.yaml_text import parse_yaml

RecipeKind = Literal["search_spaces", "strategies"]
SharingMode = Literal["full", "target", "source", "none", "affine"]
_PACKAGE = Path(__file__).resolve().parent
_FREE_BLOCK = "arguments"
"""Block whose keys belong to a class: what is not checked here, NNI's ``**kwargs`` would swallow."""
_NOUN: dict[str, str] = {"search_spaces": "space", "strategies": "strategy"}


@dataclass(frozen=True)
class SpaceRecipe:
    """A search space: what is searched (``genes``), in which networks (``search``), with which sharing of weights.

    Attributes:
        modality: the kind of data that it is for; ``search`` is of that kind.
        run: ``search`` and ``retrain`` values that suit its networks better than a strategy's own; what the person
            says wins. ``arguments``: values of arguments that a strategy may have. ``trial``: how a multi-trial
            strategy trains, where that is not as a supernet is trained; its ``shape`` are values of ``search`` above.
    """

    name: str
    description: str
    class_name: str
    genes: Genes
    search: NetworkShape
    sharing: SharingMode
    modality: ModalityName = "text"
    run: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_keys(self.run, ("search", "trial", "arguments", "retrain"))

    @classmethod
    def refined(cls, value: Mapping[str, Any]) -> dict[str, type]:
        """Return the type of ``search`` (see ``schema.read``)."""
        named = value.get("modality", "text")
        return {"search": MODALITIES[named].shape} if named in MODALITIES else {}


@dataclass(frozen=True)
class StrategyRecipe:
    """A search strategy: its class and arguments, how it trains, and blocks of the run that it suggests.

    Attributes:
        kind: ``one-shot`` (a supernet) or ``multi-trial`` (one training per architecture).
        arguments: keyword arguments of the class.
        search: how the supernet, or each trial, is trained.
        run: suggested ``budget``, ``data`` and ``retrain`` values; what the person says wins.
    """

    name: str
    description: str
    class_name: str
    kind: Literal["one-shot", "multi-trial"]
    arguments: dict[str, Any]
    search: SearchSettings
    run: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind == "multi-trial" and self.search.trials is None:
            raise ValueError("a multi-trial strategy needs 'search: trials'")
        if self.kind == "one-shot" and self.search.consistency is not None:
            raise ValueError("search: a supernet is not trained with consistency; leave it out")
        _check_keys(self.run, ("budget", "data", "retrain"))


def _check_keys(run: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in run:
        if key not in known:
            raise ValueError(f"run: unknown key {key!r}; known: {', '.join(known)}")


def folder(kind: RecipeKind) -> Path:
    """Return the recipe folder: inside the wheel when installed, at the repository's root otherwise."""
    shipped = _PACKAGE / "_recipes" / kind
    return shipped if shipped.is_dir() else _PACKAGE.parent / kind


def names(kind: RecipeKind) -> list[str]:
    """Return the names of the shipped recipes, sorted."""
    return sorted(path.stem for path in folder(kind).glob("*.yaml"))


def is_path(name: str) -> bool:
    """Tell whether a person means a recipe file of their own."""
    return name.endswith((".yaml", ".yml"))


def load_text(kind: RecipeKind, name: str) -> str:
    """Return the YAML text of a shipped recipe, or of a recipe file when ``name`` is a path ending in .yaml or .yml.

    Raises:
        UnknownNameError: no such shipped recipe.
        RecipeError: no such file, or it is not UTF-8 text.
    """
    if is_path(name):
        try:
            return Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RecipeError(f"cannot read the {_NOUN[kind]} recipe {name}: {error}") from error
    if name not in names(kind):
        raise UnknownNameError(_NOUN[kind], name, names(kind))
    return (folder(kind) / f"{name}.yaml").read_text(encoding="utf-8")


def load_space(name: str, overrides: Mapping[str, Any] | None = None) -> SpaceRecipe:
    """Read the space recipe ``name``; ``overrides`` are dotted keys (``genes.layers``) with new values.

    Raises:
        RecipeError: the recipe, or an override, does not describe a space.
    """
    where, recipe = _load("search_spaces", name, overrides)
    space = read(SpaceRecipe, recipe, where)
    return _checked_space(space, where)


def load_strategy(name: str, overrides: Mapping[str, Any] | None = None) -> StrategyRecipe:
    """Read the strategy recipe ``name``; ``overrides`` are dotted keys (``arguments.paths``) with new values.

    Raises:
        RecipeError: the recipe, or an override, does not describe a strategy.
    """
    where, recipe = _load("strategies", name, overrides)
    return read(StrategyRecipe, recipe, where)


def _load(kind: RecipeKind, name: str, overrides: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
    where = f"{_NOUN[kind]} recipe {name!r}"
    recipe = parse_yaml(load_text(kind, name), where, RecipeError)
    if not isinstance(recipe, dict):
        raise RecipeError(f"{where}: expected keys and values, found {recipe!r}")
    for key, value in (overrides or {}).items():
        override(recipe, key, value, where)
    for key in ("name", "class_name"):  # fields of the dataclasses that no recipe may write
        if key in recipe:
            raise RecipeError(f"{where}: unknown key {key!r}; a recipe is named by its file and says 'class:'")
    if "class" not in recipe:
        raise RecipeError(f"{where}: 'class' is missing")
    recipe["class_name"] = recipe.pop("class")
    recipe["name"] = Path(name).stem if is_path(name) else name
    return where, recipe


def override(recipe: dict[str, Any], key: str, value: object, where: str) -> None:
    """Set the dotted ``key`` of a recipe in place.

    Raises:
        RecipeError: a step of the path does not exist. The last one may be new, because the reader knows all keys;
            but not below ``arguments``, of which only the recipe says what there is.
    """
    *path, last = key.split(".")
    block: Any = recipe
    for step in path:
        if not isinstance(block, dict) or step not in block:
            raise _no_such_key(where, key, step, block)
        block = block[step]
    if not isinstance(block, dict):
        raise RecipeError(f"{where}: --set {key}: {'.'.join(path)} has no keys")
    if path == [_FREE_BLOCK] and last not in block:
        raise _no_such_key(where, key, last, block)
    block[last] = value


def _no_such_key(where: str, key: str, step: str, block: object) -> RecipeError:
    known = sorted(map(str, block)) if isinstance(block, dict) else []
    hint = f"{did_you_mean(step, known)}; known: {', '.join(known) or 'none'}"
    return RecipeError(f"{where}: --set {key}: no {step!r} there{hint}")


def _checked_space(space: SpaceRecipe, where: str) -> SpaceRecipe:
    genes = space.genes
    problems = {
        "genes: layers must lie between 1 and 99": not 1 <= genes.layers <= 99,
        "genes: kinds must be one or two of addition, attention": not 0 < len(set(genes.kinds)) == len(genes.kinds),
        "genes: operations must name at least one operation besides zero": not genes.state_operations,
        "genes: operations names one twice": len(set(genes.operations)) != len(genes.operations),
    }
    for problem, found in problems.items():
        if found:
            raise RecipeError(f"{where}: {problem}")
    return space
