"""``predict``: label new texts with the model of a run."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nni_autoattend.cli.options import RunArgument, ThreadsOption
from nni_autoattend.cli.output import results_only
from nni_autoattend.errors import DataError
from nni_autoattend.files import write_text

if TYPE_CHECKING:
    from nni_autoattend.network.classifier import Prediction

STANDARD_INPUT = "-"


class Format(str, Enum):
    """How predictions are written."""

    CSV = "csv"
    JSONL = "jsonl"


def predict(
    run: RunArgument,
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="CSV, TSV, JSONL, Parquet or .txt; - is standard input.")
    ] = STANDARD_INPUT,
    text_column: Annotated[str | None, typer.Option(help="Column of the texts. [default: the run's]")] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", help="csv or jsonl. [default: by --output, else csv]")
    ] = None,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write here, not to standard output.")] = None,
    threads: ThreadsOption = None,
    json_: Annotated[bool, typer.Option("--json", help="The same as --format jsonl.")] = False,
) -> None:
    """Write label and probabilities of every text, one row a text, in their order.

    Standard input and .txt files hold one text a line. RUN may also be a folder that holds nothing but
    model.safetensors and model.json.

    \b
    Examples:
      nni-autoattend predict NAME new.csv --text-column review --output labels.csv
      echo "what is the capital of France ?" | nni-autoattend predict runs/NAME
      nni-autoattend predict NAME new.parquet --json
    """
    folder, column = model_of(run, text_column)
    texts = read_standard_input() if file == STANDARD_INPUT else read_file(Path(file), column)
    if not texts:
        raise DataError("there is no text to predict")
    chosen = format_ or (Format.JSONL if json_ or (output and output.suffix == ".jsonl") else Format.CSV)
    with results_only():
        predictions = predict_texts(folder, texts, threads)
    text = "".join(lines(predictions, chosen))
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_text(output, text)


def model_of(run: str, text_column: str | None) -> tuple[Path, str]:
    """Return the folder of the model, and the column of the texts: as given, as the run's, or ``text``.

    Raises:
        RunFolderError: there is neither a model nor a run.
    """
    from nni_autoattend.experiment.door import open_run

    folder = Path(run)
    if (folder / "model.json").is_file() and not (folder / "run.yaml").is_file():
        return folder, text_column or "text"
    opened = open_run(run)
    return opened.folder, text_column or opened.settings.data.text_column


def read_standard_input() -> list[str]:
    """Return the lines of standard input.

    Raises:
        DataError: it is not UTF-8.
    """
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"standard input is not UTF-8 text: {error}") from error
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []


def read_file(path: Path, column: str) -> list[str]:
    """Return the texts of a file.

    Raises:
        DataError: the file cannot be used.
    """
    from nni_autoattend.datasets.own_files import read_texts

    return read_texts(path, column)


def predict_texts(folder: Path, texts: list[str], threads: int | None) -> list["Prediction"]:
    """Return the predictions of the model in ``folder``."""
    import torch

    from nni_autoattend.network.saved import load_model

    if threads is not None:
        torch.set_num_threads(threads)
    return load_model(folder).predict(texts)


def lines(predictions: Iterable["Prediction"], chosen: Format) -> Iterator[str]:
    """Yield the rows: CSV with a header ``label,p(LABEL),...``, or one JSON object a text."""
    for number, prediction in enumerate(predictions):
        if chosen is Format.JSONL:
            row = {"label": prediction.label, "probabilities": prediction.probabilities}
            yield json.dumps(row, ensure_ascii=False) + "\n"
            continue
        if number == 0:
            yield csv_line(["label", *(f"p({label})" for label in prediction.probabilities)])
        yield csv_line([prediction.label, *(f"{share:.6f}" for share in prediction.probabilities.values())])


def csv_line(cells: list[str]) -> str:
    """Return one line of CSV."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()
