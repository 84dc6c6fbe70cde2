"""Everything a run is told, resolved and checked before anything heavy is imported.

Precedence: defaults of the dataclasses < the strategy recipe's ``run:`` block < what the person says < ``--set``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from typing import Any

from nni_autoattend.baselines.by_modality import TRIVIAL, tuning_ladder
from nni_autoattend.budget import parse_duration
from nni_autoattend.errors import RecipeError, did_you_mean
from nni_autoattend.experiment.compared import check_baselines
from nni_autoattend.experiment.kind_of_data import check_kind, default_space
from nni_autoattend.experiment.overridden import overridden
from nni_autoattend.experiment.retrained_shape import retrained_shape
from nni_autoattend.modality import MODALITIES, AnyDataSettings
from nni_autoattend.ops.table import check_heads, check_operations
from nni_autoattend.recipes import SpaceRecipe, StrategyRecipe, load_space, load_strategy
from nni_autoattend.schema import read, to_plain
from nni_autoattend.settings import RetrainSettings

_BLOCKS = ("space", "strategy", "data", "retrain")


@dataclass(frozen=True)
class RunSettings:
    """The resolved settings of a run.

    Attributes:
        space, strategy: the recipes, overrides applied.
        data, retrain: the run's two blocks; paths are absolute.
        budget: wall-clock seconds for everything, ``None``: no limit.
        seed: the search's seed and the first of the retraining seeds.
        threads: torch threads, ``None``: torch's choice.
    """

    space: SpaceRecipe
    strategy: StrategyRecipe
    data: AnyDataSettings
    retrain: RetrainSettings
    budget: float | None = None
    seed: int = 0
    threads: int | None = None

    def __post_init__(self) -> None:
        if self.seed < 0 or (self.threads is not None and self.threads < 1):
            raise ValueError("seed must be at least 0 and threads at least 1")
        if self.budget is not None and self.budget <= 0:
            raise ValueError(f"a budget of {self.budget} seconds leaves no time; write for example 30m")
        self._check_ladder()
        retrained_shape(self.space.search, self.retrain)  # says what is wrong with it

    def _check_ladder(self) -> None:
        """Refuse more tuning runs than the trivial baseline has."""
        modality, retrain = self.space.modality, self.retrain
        tuning_ladder(modality, TRIVIAL[modality], retrain.top_k, lr=retrain.lr, task=self.data.task)

    @classmethod
    def refined(cls, value: Mapping[str, Any]) -> dict[str, type]:
        """Return the type of ``data`` (see ``schema.read``): that of the space's kind of data."""
        space = value.get("space")
        named: Any = space.get("modality", "text") if isinstance(space, Mapping) else getattr(space, "modality", "text")
        return {"data": MODALITIES[named].data} if named in MODALITIES else {}

    @property
    def name(self) -> str:
        """``<space>-<strategy>-<data>`` in characters that every file system takes."""
        return re.sub(r"[^\w.-]+", "-", f"{self.space.name}-{self.strategy.name}-{self.data.name}")

    def to_plain(self) -> dict[str, Any]:
        """Return the settings as the plain values of ``run.yaml``."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_plain(cls, value: object, where: str) -> "RunSettings":
        """Read what ``to_plain`` gave.

        Raises:
            RecipeError: a key or a value is not of a run.
        """
        return read(cls, value, where)


def resolve_settings(
    space: str | Path | None,
    strategy: str | Path,
    data: Mapping[str, Any] | AnyDataSettings | None,
    retrain: Mapping[str, Any] | RetrainSettings | None = None,
    budget: str | float | None = None,
    seed: int = 0,
    threads: int | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> RunSettings:
    """Resolve and check what a person chose; imports neither torch nor nni.

    Args:
        space: name of a space recipe, or path of a YAML file; ``None``: the usual one for the data.
        strategy: name of a strategy recipe, or path of a YAML file.
        data: the ``data:`` block; complete settings get nothing of the strategy's suggestion mixed in.
            ``None``: data that need no files.
        retrain: the ``retrain:`` block, likewise.
        budget: seconds, or words such as ``30m``; ``"none"`` drops a budget that the strategy suggests.
        seed: seed of the search and the first retraining seed.
        threads: torch threads; ``None``: torch's choice.
        overrides: dotted keys (``space.genes.layers``, ``strategy.search.epochs``, ``data.max_length``,
            ``retrain.seeds``) with new values; they win over everything.

    Raises:
        RecipeError: an unknown key or an impossible value; the message names it.
        UnknownNameError: no such space, strategy, operation or baseline.
    """
    blocks = _split(overrides or {})
    named_space = str(space or default_space(data, blocks["data"]))
    said_space = load_space(named_space, blocks["space"])
    chosen_strategy = _suited_strategy(str(strategy), said_space, blocks["strategy"])
    shape = _suggested_search(said_space, chosen_strategy.kind).get("shape", {})
    chosen_space = load_space(named_space, {f"search.{key}": value for key, value in shape.items()} | blocks["space"])
    suggested = chosen_strategy.run
    modality = MODALITIES[chosen_space.modality]
    said = {"task": modality.task} if data is None else data
    data_block = _merge(_suggested_data(suggested, modality.data, said, blocks["data"]), said, blocks["data"])
    check_kind(chosen_space, data_block)
    comparing = {"baselines": modality.baselines}
    suggested_retraining = comparing | _mapping(suggested, "retrain") | _mapping(chosen_space.run, "retrain")
    retrain_block = _merge(suggested_retraining, retrain or {}, blocks["retrain"])
    values = {
        "space": chosen_space,
        "strategy": chosen_strategy,
        "data": _absolute(read(modality.data, data_block, "data")),
        "retrain": read(RetrainSettings, retrain_block, "retrain"),
        "budget": budget_seconds(suggested.get("budget") if budget is None else budget),
        "seed": seed,
        "threads": threads,
    }
    settings = read(RunSettings, values, "settings")
    check_baselines(settings.retrain, settings.space.modality)
    operations, shape = settings.space.genes.operations, settings.space.search
    check_operations(operations, settings.space.modality)
    check_heads(operations, shape.width)
    check_heads(operations, retrained_shape(shape, settings.retrain).width)
    return settings


def budget_seconds(budget: str | float | None) -> float | None:
    """Return a budget in seconds; ``None`` and ``"none"`` are no budget.

    Raises:
        RecipeError: the words are no duration.
    """
    if budget is None or budget == "none":
        return None
    return parse_duration(budget) if isinstance(budget, str) else float(budget)


def _split(overrides: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    blocks: dict[str, dict[str, Any]] = {name: {} for name in _BLOCKS}
    for key, value in overrides.items():
        block, _, rest = key.partition(".")
        if block not in blocks or not rest:
            hint = did_you_mean(block, _BLOCKS)
            raise RecipeError(f"--set {key}: a key starts with space., strategy., data. or retrain.{hint}")
        blocks[block][rest] = value
    return blocks


def _mapping(run: Mapping[str, Any], name: str) -> dict[str, Any]:
    block = run.get(name) or {}
    if not isinstance(block, Mapping):
        raise RecipeError(f"the strategy's run: {name}: expected keys and values, found {block!r}")
    return dict(block)


def _suited_strategy(name: str, space: SpaceRecipe, said: Mapping[str, Any]) -> StrategyRecipe:
    """Return a strategy that trains as suits the networks of ``space``, unless its own overrides say otherwise."""
    recipe = load_strategy(name)
    search, arguments = _suggested_search(space, recipe.kind), _mapping(space.run, "arguments")
    suggested = {f"search.{key}": value for key, value in search.items() if key != "shape"}
    suggested |= {f"arguments.{key}": value for key, value in arguments.items() if key in recipe.arguments}
    return load_strategy(name, suggested | dict(said))


def _suggested_search(space: SpaceRecipe, kind: str) -> dict[str, Any]:
    return _mapping(space.run, "trial" if kind == "multi-trial" and "trial" in space.run else "search")


def _suggested_data(run: Mapping[str, Any], kind: type[AnyDataSettings], *said: object) -> dict[str, Any]:
    """Return the suggested data block, without its source of data where the person names another."""
    block = _mapping(run, "data")
    names_source = any(isinstance(item, Mapping) and set(kind.SOURCES) & set(item) for item in said)
    return {key: value for key, value in block.items() if not (names_source and key in kind.SOURCES)}


def _merge(suggested: dict[str, Any], said: object, overrides: Mapping[str, Any]) -> dict[str, Any]:
    if not is_dataclass(said) and not isinstance(said, Mapping):
        raise RecipeError(f"expected keys and values, found {said!r}")
    return overridden(to_plain(said) if is_dataclass(said) else {**suggested, **said}, overrides)


def _absolute(data: AnyDataSettings) -> AnyDataSettings:
    """Make paths independent of the folder that the run is started or resumed from."""
    paths = {name: getattr(data, name) for name in data.PATHS}
    return replace(data, **{name: path.expanduser().absolute() for name, path in paths.items() if path is not None})
