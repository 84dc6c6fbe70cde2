"""The two files of an experiment: ``experiment.yml``, which ``nnictl create`` takes, and our ``autoattend.yml``.

All that names data stays in the second: NNI's serialiser takes ``#`` and ``//`` inside of a text for a comment.
"""

import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import yaml

from nni_autoattend.errors import ExperimentError
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.files import write_text
from nni_autoattend.modality import AnyDataSettings
from nni_autoattend.nnictl.registration import TUNER
from nni_autoattend.nnictl.remote import Remote, training_service
from nni_autoattend.nnictl.search_space import search_space_json
from nni_autoattend.nnictl.settings_file import ARGUMENTS, SETTINGS_FILE
from nni_autoattend.recipes import is_path
from nni_autoattend.schema import to_plain

TRIAL_MODULE = "nni_autoattend.nnictl.trial"
COMMENT_SIGNS = ("#", "//")
_LEAST_TRIALS = 20
_PLAIN_STRATEGY = "random"
"""How trials are trained that another tuner than ours hands out, unless the chosen strategy says it."""


@dataclass(frozen=True)
class Chosen:
    """What a person chose for an experiment.

    Attributes:
        space, strategy: names of recipes, or their paths, as they were said.
        settings: what came of all that was said.
        overrides: what ``--set`` says of space and strategy; data and retraining hold theirs already.
        budget: as it was said.
        trials: most trials; ``None``: as many as the strategy's recipe says, 20 when it says nothing.
        concurrency: trials at a time.
        remotes: machines of the remote training service; none: this machine runs the trials.
    """

    space: str
    strategy: str
    settings: RunSettings
    overrides: Mapping[str, Any]
    budget: str | None = None
    trials: int | None = None
    concurrency: int = 1
    remotes: tuple[Remote, ...] = ()


def write_experiment(path: Path, chosen: Chosen, *, force: bool = False) -> list[Path]:
    """Write ``path`` and the settings file beside it; return both paths.

    Raises:
        ExperimentError: a file is there already (unless ``force``), or a text cannot pass through NNI.
        StorageError: the folder cannot be written.
    """
    path = path.absolute()
    settings_path = path.with_name(SETTINGS_FILE)
    if path == settings_path:
        raise ExperimentError(f"{SETTINGS_FILE} is the name of the settings file beside it; choose another for -o")
    for target in (path, settings_path):
        if target.exists() and not force:
            raise ExperimentError(f"{target} is there already; write elsewhere with -o FOLDER/FILE, or say --force")
    check_texts({"the folder of the experiment": str(path.parent), "the interpreter": sys.executable})
    folder = path.parent
    chosen = replace(chosen, space=_recipe(chosen.space, folder), strategy=_recipe(chosen.strategy, folder))
    experiment = experiment_text(chosen)
    check_texts({"the experiment file": yaml.safe_load(experiment)})
    write_text(settings_path, settings_text(chosen, folder))
    write_text(path, experiment)
    return [path, settings_path]


def check_texts(value: Any, where: str = "") -> None:
    """Check that NNI's serialiser brings every text of ``value`` through.

    Raises:
        ExperimentError: a text holds ``#`` or ``//``; what follows would be cut off, and the experiment hang.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            check_texts(item, f"{where}: {key}" if where else str(key))
    elif isinstance(value, list):
        for item in value:
            check_texts(item, where)
    elif isinstance(value, str) and any(sign in value for sign in COMMENT_SIGNS):
        raise ExperimentError(
            f"{where}: NNI takes what follows # or // in {value!r} for a comment and loses it; choose a path or a name"
            f" without them (data may have them: {SETTINGS_FILE} does not pass through NNI)"
        )


def experiment_text(chosen: Chosen) -> str:
    """Return the text of ``experiment.yml``."""
    settings = chosen.settings
    name = f"{settings.space.name} on {settings.data.name}"
    for sign in COMMENT_SIGNS:
        name = name.replace(sign, "-")
    interpreter = chosen.remotes[0].python if chosen.remotes else sys.executable
    trials = chosen.trials or settings.strategy.search.trials or _LEAST_TRIALS
    space = search_space_json(settings.space.genes)
    return EXPERIMENT.format(
        name=_quoted(name),
        command=_quoted(f"{shlex.quote(interpreter)} -m {TRIAL_MODULE} {SETTINGS_FILE}"),
        concurrency=chosen.concurrency,
        trials=trials,
        tuner=TUNER,
        strategy=_quoted(chosen.strategy),
        settings=SETTINGS_FILE,
        service=training_service(chosen.remotes),
        search_space="\n".join(f"  {label}: {_one_line(choice)}" for label, choice in space.items()),
    )


def settings_text(chosen: Chosen, folder: Path) -> str:
    """Return the text of ``autoattend.yml`` in ``folder``; paths below it are written relative to it."""
    settings = chosen.settings
    plain = settings.strategy.search.trials is not None
    content: dict[str, Any] = {
        "space": chosen.space,
        "strategy": chosen.strategy if plain else _PLAIN_STRATEGY,
        "data": {key: _relative(value, folder) for key, value in _said(settings.data).items()},
        "retrain": to_plain(settings.retrain),
        "seed": settings.seed,
    }
    content |= {"threads": settings.threads} if settings.threads is not None else {}
    content |= {"budget": chosen.budget} if chosen.budget is not None else {}
    own, common = _divided(chosen.overrides)
    content |= {"overrides": common} if common else {}
    content |= {"arguments": {chosen.strategy: own}} if own else {}
    return SETTINGS_HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=10_000)


def _divided(overrides: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arguments that only the chosen strategy has, and the overrides for every one."""
    own = {key.removeprefix(ARGUMENTS): value for key, value in overrides.items() if key.startswith(ARGUMENTS)}
    return own, {key: value for key, value in overrides.items() if not key.startswith(ARGUMENTS)}


def _said(data: AnyDataSettings) -> dict[str, Any]:
    """Return the fields that differ from their defaults."""
    values = ((field.name, getattr(data, field.name), field.default) for field in fields(data))
    return {name: value for name, value, default in values if value != default}


def _recipe(name: str, folder: Path) -> str:
    """Return the name of a recipe; of a file its path, which must not depend on where the experiment is started."""
    return str(_relative(Path(name).absolute(), folder)) if is_path(name) else name


def _relative(value: Any, folder: Path) -> Any:
    if not isinstance(value, Path):
        return value
    return str(value.relative_to(folder) if value.is_relative_to(folder) else value)


def _one_line(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=10_000).strip()


def _quoted(text: str) -> str:
    """Return ``text`` as YAML reads it back; a plain word stays one."""
    plain = text and all(character.isalnum() or character in "-_" for character in text)
    return text if plain and not text.isdigit() else json.dumps(text, ensure_ascii=False)


SETTINGS_HEAD = """\
# What every trial is told, whatever the tuner: the space, the data, how winners are retrained. Paths that are not
# absolute count from the folder of this file. `nni-autoattend show SPACE` prints what `overrides:` may change
# (space.genes.layers: 12).
# `strategy` says how the trials of NNI's own tuners are trained; tuner AutoAttend has its own, in the experiment file.
# `arguments:` are of the strategy that they stand under: swap the word in the experiment file, and they wait.
"""

EXPERIMENT = """\
# An NNI experiment. Start it, and look at it on http://127.0.0.1:8080 :
#   nni-autoattend nnictl create --config THIS_FILE        (nnictl create, with the page closed to other machines)
# Written by `nni-autoattend nnictl-config`, made to be edited; data and retraining are in {settings}.
experimentName: {name}
trialCommand: {command}
trialCodeDirectory: .
trialConcurrency: {concurrency}
maxTrialNumber: {trials}  # at most; a one-shot strategy takes one (its supernet) and retrain.top_k more
maxTrialDuration: 24h  # ends a trial that hangs

# Who searches. Swap the word after `strategy`: autoattend, enas, random, ... (nni-autoattend list strategies).
tuner:
  name: {tuner}
  classArgs:
    strategy: {strategy}
    settings: {settings}

# NNI's own tuners explore the same space; put one in place of the block above:
# tuner:
#   name: TPE                       # or Evolution, or without classArgs: Random, GridSearch
#   classArgs: {{optimize_mode: maximize}}

{service}
# The space as NNI and its tuners read it. It belongs to `space` in {settings}: change that, and write this anew.
searchSpace:
{search_space}
"""
