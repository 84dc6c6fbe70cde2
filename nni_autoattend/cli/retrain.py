"""``retrain``: train what a search found once more, with other settings."""

from typing import Annotated, Any

import typer

from nni_autoattend.cli.options import (
    BudgetOption,
    JsonOption,
    RunArgument,
    SetOption,
    ThreadsOption,
    parse_overrides,
)
from nni_autoattend.cli.output import results_only, tell
from nni_autoattend.errors import RecipeError


def retrain(
    run: RunArgument,
    budget: BudgetOption = None,
    seed: Annotated[int | None, typer.Option(min=0, help="First retraining seed. [default: the run's]")] = None,
    threads: ThreadsOption = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the newest unfinished retraining.")] = False,
    set_: SetOption = None,
    json_: JsonOption = False,
) -> None:
    """Train the architectures that a run found from scratch again, into a sub-folder of the run.

    \b
    Examples:
      nni-autoattend retrain NAME --set retrain.width=256 --set retrain.seeds=5
      nni-autoattend retrain runs/NAME --budget 1h --set "retrain.baselines=[transformer]"
      nni-autoattend retrain NAME --set retrain.width=256 --set retrain.seeds=5 --resume
    """
    changes = retrain_block(parse_overrides(set_))

    from nni_autoattend.cli.outcome import print_outcome
    from nni_autoattend.cli.progress import observing
    from nni_autoattend.experiment.door import open_run

    opened = open_run(run)
    try:
        with results_only(), observing() as observer:
            trained = opened.retrain(
                changes, seed=seed, budget=budget, threads=threads, resume=resume, observer=observer
            )
    except KeyboardInterrupt:
        tell("interrupted; continue with the same command and --resume")
        raise
    print_outcome(trained, as_json=json_)


def retrain_block(overrides: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of the ``retrain:`` block; a retraining changes no other.

    Raises:
        RecipeError: a key of another block.
    """
    for key in overrides:
        if not key.startswith("retrain."):
            raise RecipeError(f"--set {key}: a retraining changes keys of retrain.* only; the rest is the run's")
    return {key.removeprefix("retrain."): value for key, value in overrides.items()}
