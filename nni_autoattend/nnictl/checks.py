"""Is an experiment possible? Asked before ``nnictl`` starts anything and by the tuner; without torch and nni."""

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from nni_autoattend.errors import ExperimentError, RecipeError, did_you_mean
from nni_autoattend.experiment.own_classes import check_packages
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.genes import Genes
from nni_autoattend.nnictl.config_value import config_value
from nni_autoattend.nnictl.experiment_file import COMMENT_SIGNS, TRIAL_MODULE
from nni_autoattend.nnictl.registration import TUNER, TUNER_CLASS
from nni_autoattend.nnictl.search_space import search_space_json
from nni_autoattend.nnictl.settings_file import SETTINGS_FILE, read_settings

_KNOWN = ("strategy", "settings")


def check_experiment(config: Mapping[str, Any], folder: Path) -> RunSettings:
    """Check the content of an ``experiment.yml`` that lies in ``folder``; return the settings of its trials.

    Raises:
        AutoAttendError: an unknown strategy, space or key, or a search space that is not the recipe's.
    """
    code = folder / str(config_value(config, "trialCodeDirectory") or ".")
    tuner = config_value(config, "tuner") or {}
    if not isinstance(tuner, Mapping):
        raise ExperimentError(f"tuner: expected keys and values, found {tuner!r}")
    if str(config_value(tuner, "name")).lower() == TUNER.lower() or config_value(tuner, "className") == TUNER_CLASS:
        settings = check_class_args(config_value(tuner, "classArgs") or {}, code)
    else:
        settings = read_settings(code / _settings_of_trial(str(config_value(config, "trialCommand") or "")))
    check_search_space(_search_space(config, folder), settings.space.genes)
    return settings


def check_class_args(class_args: Mapping[str, Any], code: Path) -> RunSettings:
    """Check the tuner's ``classArgs`` and return the settings they lead to.

    Args:
        class_args: ``strategy`` (a name, or a recipe's path below ``code``) and ``settings`` (file name).
        code: the trials' code folder.

    Raises:
        AutoAttendError: an unknown key, strategy or space, or settings that cannot be.
    """
    for key in class_args:
        if key not in _KNOWN:
            raise RecipeError(f"classArgs: unknown key {key!r}{did_you_mean(key, _KNOWN)}; known: {', '.join(_KNOWN)}")
    strategy = class_args.get("strategy")
    if not isinstance(strategy, str) or not strategy:
        raise RecipeError("classArgs: 'strategy' is missing; `nni-autoattend list strategies` names them")
    if any(sign in strategy for sign in COMMENT_SIGNS):
        raise RecipeError(f"strategy {strategy!r}: NNI takes # and // for comments; rename the recipe's file or folder")
    settings = read_settings(code / str(class_args.get("settings") or SETTINGS_FILE), strategy)
    make_importable(code)
    check_packages(settings)
    return settings


def make_importable(code: Path) -> None:
    """Let modules of one's own in the trials' code folder be imported, as trials, which run there, can."""
    if str(code) not in sys.path:
        sys.path.append(str(code))


def check_search_space(given: object, genes: Genes) -> None:
    """Check that a search space in NNI's form is that of ``genes``; the order of labels and values is free.

    Raises:
        ExperimentError: it is not; the message names the first difference.
    """
    expected = search_space_json(genes)
    if not isinstance(given, Mapping):
        raise ExperimentError(f"searchSpace: expected labels with their choices, found {given!r}")
    for label in given:
        if label not in expected:
            raise ExperimentError(
                f"searchSpace: {label!r} is no label of the recipe{did_you_mean(str(label), expected)}"
            )
    for label, choices in expected.items():
        if label not in given:
            raise ExperimentError(f"searchSpace: {label!r} is missing; write the search space anew from the recipe")
        if _values(given[label]) != _values(choices):
            raise ExperimentError(f"searchSpace: {label!r} is {given[label]!r}, the recipe says {choices!r}")


def _values(choices: object) -> tuple[object, list[str]] | None:
    if not isinstance(choices, Mapping) or not isinstance(choices.get("_value"), (list, tuple)):
        return None
    return choices.get("_type"), sorted(map(repr, choices["_value"]))


def _search_space(config: Mapping[str, Any], folder: Path) -> object:
    given, file = config_value(config, "searchSpace"), config_value(config, "searchSpaceFile")
    if given is not None or file is None:
        return given
    try:
        text = (folder / str(file)).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ExperimentError(f"cannot read the search space {file}: {error}") from error
    try:
        return json.loads(text)
    except ValueError:
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ExperimentError(f"the search space {file} is neither JSON nor YAML") from error


def _settings_of_trial(command: str) -> str:
    """Return the settings file that a trial command names."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ExperimentError(f"trialCommand: {error}: {command}") from error
    following = words[words.index(TRIAL_MODULE) + 1 :] if TRIAL_MODULE in words else []
    return following[0] if following else SETTINGS_FILE
