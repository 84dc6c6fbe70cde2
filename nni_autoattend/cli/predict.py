"""``predict``: label new texts, or nodes of a graph, with the model of a run."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from nni_autoattend.cli.options import RunArgument, ThreadsOption
from nni_autoattend.cli.output import results_only
from nni_autoattend.errors import DataError
from nni_autoattend.files import write_text

if TYPE_CHECKING:
    from nni_autoattend.network.classifier import Prediction
    from nni_autoattend.network.node_classifier import NodePrediction

STANDARD_INPUT = "-"
A_GRAPH = "a graph (--nodes FILE --edges FILE, or --data FILE)"


class Labelled(Protocol):
    """A prediction of a text or a node."""

    @property
    def label(self) -> str:
        """The label, or labels."""
        ...

    @property
    def probabilities(self) -> dict[str, float]:
        """Every label's probability."""
        ...


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
    nodes: Annotated[Path | None, typer.Option(metavar="FILE", help="Another graph: its table of nodes.")] = None,
    edges: Annotated[Path | None, typer.Option(metavar="FILE", help="Another graph: its table of edges.")] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Another graph: a saved Data object of torch-geometric.")
    ] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", help="csv or jsonl. [default: by --output, else csv]")
    ] = None,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write here, not to standard output.")] = None,
    threads: ThreadsOption = None,
    json_: Annotated[bool, typer.Option("--json", help="The same as --format jsonl.")] = False,
) -> None:
    """Write label and probabilities of every text or node, one row each, in their order.

    Standard input and .txt files hold one text a line. RUN may also be a folder that holds nothing but
    model.safetensors and model.json. Of a graph the nodes without a label are predicted, or all nodes of another graph.

    \b
    Examples:
      nni-autoattend predict NAME new.csv --text-column review --output labels.csv
      echo "what is the capital of France ?" | nni-autoattend predict runs/NAME
      nni-autoattend predict NAME new.parquet --json
      nni-autoattend predict NAME --nodes others.csv --edges links.csv --output labels.csv
      nni-autoattend predict NAME --data other.pt
    """
    folder, column = model_of(run, text_column)
    check_output(output, folder)
    files = {"nodes": nodes, "edges": edges, "data": data}
    if reads_graphs(folder):
        if file != STANDARD_INPUT:
            raise DataError(f"the model reads graphs, {file} holds texts: name {A_GRAPH}")
        write(predict_graph(run, folder, files, threads), format_, output, as_json=json_)
        return
    if any(files.values()):
        raise DataError("the model reads texts, not graphs: name a file of texts")
    texts = read_standard_input() if file == STANDARD_INPUT else read_file(Path(file), column)
    if not texts:
        raise DataError("there is no text to predict")
    with results_only():
        predictions = predict_texts(folder, texts, threads)
    write(predictions, format_, output, as_json=json_)


def write(predictions: Sequence[Labelled], format_: Format | None, output: Path | None, *, as_json: bool) -> None:
    """Write predictions to a file or to standard output."""
    chosen = format_ or (Format.JSONL if as_json or (output and output.suffix == ".jsonl") else Format.CSV)
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
    return opened.folder, text_column or str(getattr(opened.settings.data, "text_column", "text"))


def reads_graphs(folder: Path) -> bool:
    """Tell whether the model in ``folder`` is for graphs; of none that can be read, loading it will tell."""
    try:
        return bool(json.loads((folder / "model.json").read_text(encoding="utf-8")).get("kind") == "graph")
    except (OSError, ValueError, AttributeError):
        return False


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


def check_output(output: Path | None, folder: Path) -> None:
    """Refuse to write over what belongs to a run.

    Raises:
        DataError: ``output`` is a file of the run in ``folder``.
    """
    if output is not None and output.exists() and output.resolve().is_relative_to(folder.resolve()):
        raise DataError(f"{output} lies in the folder of the run, where nothing is overwritten; write to another file")


def predict_graph(
    run: str, folder: Path, files: Mapping[str, Path | None], threads: int | None
) -> list["NodePrediction"]:
    """Return the predictions of the model in ``folder`` for another graph, or for the graph of its run.

    Args:
        run: what the person calls the run.
        folder: of the model.
        files: ``nodes`` and ``edges``, or ``data``; all ``None``: the run's own graph.
        threads: of torch.

    Raises:
        DataError: one of two tables is missing, or the graph cannot be used.
    """
    import torch

    from nni_autoattend.experiment.door import open_run
    from nni_autoattend.experiment.node_predictions import other_graph, predict_other_graph, predict_own_nodes
    from nni_autoattend.network.graph_saved import load_graph_model

    if threads is not None:
        torch.set_num_threads(threads)
    own = open_run(run).settings.data if (folder / "run.yaml").is_file() else None
    if any(files.values()):
        other = other_graph(own, **files)
        with results_only():
            return predict_other_graph(load_graph_model(folder), other)
    if own is None:
        raise DataError(f"{folder} holds a model and no run: name {A_GRAPH}")
    with results_only():
        return predict_own_nodes(load_graph_model(folder), own)


def lines(predictions: Iterable[Labelled], chosen: Format) -> Iterator[str]:
    """Yield the rows: CSV with a header ``label,p(LABEL),...``, or one JSON object an item; nodes with their name."""
    for number, prediction in enumerate(predictions):
        name = {"node": prediction.node} if hasattr(prediction, "node") else {}
        if chosen is Format.JSONL:
            row = {**name, "label": prediction.label, "probabilities": prediction.probabilities}
            yield json.dumps(row, ensure_ascii=False) + "\n"
            continue
        if number == 0:
            yield csv_line([*name, "label", *(f"p({label})" for label in prediction.probabilities)])
        shares = (f"{share:.6f}" for share in prediction.probabilities.values())
        yield csv_line([*name.values(), prediction.label, *shares])


def csv_line(cells: list[str]) -> str:
    """Return one line of CSV."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()
