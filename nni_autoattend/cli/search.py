"""``search``: from labelled texts to a trained model, its picture and what it beats."""

from pathlib import Path
from typing import Annotated

import typer

from nni_autoattend.cli.options import (
    BudgetOption,
    JsonOption,
    SetOption,
    ThreadsOption,
    data_block,
    parse_overrides,
)
from nni_autoattend.cli.output import results_only, tell


def search(
    space: Annotated[str, typer.Option(help="Search space: a name (`list spaces`) or a YAML file.")] = (
        "autoattend-text-small"
    ),
    strategy: Annotated[str, typer.Option(help="Strategy: a name (`list strategies`) or a YAML file.")] = (
        "autoattend-2core"
    ),
    task: Annotated[str | None, typer.Option(help="A task by name (`list tasks`). [default: listops]")] = None,
    data_root: Annotated[
        Path | None, typer.Option(help="Folder that holds the task's files. [default: download them]")
    ] = None,
    train: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Own training texts: CSV, TSV, JSONL or Parquet.")
    ] = None,
    valid: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Own validation texts. [default: split off --train]")
    ] = None,
    test: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Own test texts. [default: split off --train]")
    ] = None,
    text_column: Annotated[str | None, typer.Option(help="Column of the texts. [default: text]")] = None,
    label_column: Annotated[str | None, typer.Option(help="Column of the labels. [default: label]")] = None,
    tokenizer: Annotated[
        str | None, typer.Option(help="basic_english, char, whitespace or module:function. [default: basic_english]")
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="accuracy, macro-f1 or balanced-accuracy. [default: accuracy]")
    ] = None,
    vectors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="GloVe or word2vec text file. [default: learned embeddings]")
    ] = None,
    phrases: Annotated[
        bool | None, typer.Option("--phrases/--no-phrases", help="Train and validate on sub-phrases (SST).")
    ] = None,
    budget: BudgetOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the search and the first retraining seed.")] = 0,
    threads: ThreadsOption = None,
    run_dir: Annotated[
        Path | None, typer.Option(help="Folder of this run. [default: the next free one under ./runs]")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue the unfinished run of the same settings and data.")
    ] = False,
    set_: SetOption = None,
    json_: JsonOption = False,
) -> None:
    """Search an architecture, train it from scratch, compare it with baselines, write the report.

    \b
    Examples:
      nni-autoattend search
      nni-autoattend search --task trec --data-root data --budget 30m
      nni-autoattend search --train reviews.csv --text-column review --label-column stars --metric macro-f1
      nni-autoattend search --space autoattend-text --strategy random --set retrain.seeds=5 --run-dir runs/mine
      nni-autoattend search --run-dir runs/mine --resume        # with the options of the first time
    """
    given = {
        "task": task, "root": data_root, "train": train, "valid": valid, "test": test, "text_column": text_column,
        "label_column": label_column, "tokenizer": tokenizer, "metric": metric, "vectors": vectors, "phrases": phrases,
    }  # fmt: skip
    overrides = parse_overrides(set_)
    data = data_block(given, overrides)

    from nni_autoattend.cli.outcome import print_outcome
    from nni_autoattend.experiment.run_settings import resolve_settings

    resolve_settings(space, strategy, data, None, budget, seed, threads, overrides)  # every bad word, at once

    from nni_autoattend.cli.progress import observing
    from nni_autoattend.experiment import door

    try:
        with results_only(), observing() as observer:
            run = door.search(space, strategy, data, None, budget, seed, threads, run_dir, resume, overrides, observer)
    except KeyboardInterrupt:
        tell("interrupted; continue with the same command and --resume")
        raise
    print_outcome(run, as_json=json_)
