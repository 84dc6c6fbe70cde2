"""The sections of the page, each a card with a heading."""

from collections import Counter

import yaml

from nni_autoattend.architecture import Role
from nni_autoattend.report.cells import finite
from nni_autoattend.report.confusion import confusion_table
from nni_autoattend.report.curves import search_svg, supernet_svg
from nni_autoattend.report.data import ReportData
from nni_autoattend.report.finalists import by_fitness, finalists_table
from nni_autoattend.report.forecast import forecast_html
from nni_autoattend.report.graph import architecture_svg
from nni_autoattend.report.labels import labels_table
from nni_autoattend.report.markup import escape
from nni_autoattend.report.table import DIFFERENCE, results_table
from nni_autoattend.report.wording import LETTERS, ROLES, formula, summary, usage

SEEN = 5
"""Networks trained alone that a reader sees without unfolding."""


def results_section(data: ReportData) -> str:
    """Return the results table and how to read it."""
    if not data.results:
        return _card("results", "Results", _missing("No network was retrained in this run."))
    reading = (
        f"Scores are {data.metric} in percent; test: mean ± standard deviation over the seeds. “{DIFFERENCE}” is in "
        f"percentage points ({data.interval}). The found network “beats” or “loses” only where the interval excludes 0."
    )
    return _card("results", "Results", f'{results_table(data.results)}<p class="reading">{escape(reading)}</p>')


def architecture_section(data: ReportData) -> str:
    """Return the drawn graph with its legend, and the same in words."""
    roles: tuple[Role, ...] = ("query", "key", "value", "feature")
    legend = "".join(
        f'<li class="{role}"><span>{LETTERS[role]}</span> {ROLES[role]}{" of an addition" * (role == "feature")}</li>'
        for role in roles
    )
    layers = range(1, len(data.architecture.layers) + 1)
    words = "".join(f"<li>{escape(formula(data.architecture, target))}</li>" for target in layers)
    return _card(
        "architecture",
        "Architecture",
        f'<p>{escape(summary(data.architecture))}</p><ul class="legend">{legend}</ul>'
        '<p class="reading">s0 is the output of the stem, s<i>i</i> that of layer <i>i</i>. Hover a layer to see '
        f"where its inputs come from.</p>{architecture_svg(data.architecture, data.ends)}"
        f"<details><summary>Layer by layer</summary><ol>{words}</ol></details>",
    )


def operations_section(data: ReportData) -> str:
    """Return how often each edge operation is used, by role, and which ones are not."""
    roles: tuple[Role, ...] = ("query", "key", "value", "feature")
    head = "".join(f'<th scope="col" class="{role}">{ROLES[role]}</th>' for role in roles)
    counted, rows = usage(data.architecture, data.operations), ""
    used = {name: uses for name, uses in counted.items() if uses.total()}
    for name, uses in used.items():
        numbers = "".join(f"<td>{uses[role] or '·'}</td>" for role in roles)
        rows += f'<tr><th scope="row">{escape(name)}</th>{numbers}<td>{uses.total()}</td></tr>'
    table = f'<table class="usage"><thead><tr><td></td>{head}<th scope="col">all</th></tr></thead>{rows}</table>'
    unused = ", ".join(name for name in counted if name not in used)
    text = "Edges of the found architecture; zero reads nothing, so it makes no edge."
    reading = f'<p class="reading">{escape(text + (f" Not in use: {unused}." if unused else ""))}</p>'
    return _card("operations", "Edge operations in use", _wide(table) + reading)


def search_section(data: ReportData) -> str:
    """Return the search's trajectory."""
    measured = sum(finite(record.get("fitness")) is not None for record in data.evaluations)
    if not measured:
        return _card("search", "Search", _missing("No evaluation was recorded."))
    stages = Counter(str(record.get("stage", "evaluation")) for record in data.evaluations)
    text = f"{measured:,} architecture{'s' if measured > 1 else ''} in the order of evaluation."
    if len(stages) > 1:
        text += " By stage: " + ", ".join(f"{stage} {number:,}" for stage, number in stages.items()) + "."
    if measured < len(data.evaluations):
        text += f" Not drawn: {len(data.evaluations) - measured:,} without a finite fitness."
    reading = f'<p class="reading">{escape(text)}</p>'
    drawing = search_svg(data.evaluations, data.fitness or data.metric)
    return _card("search", "Search", drawing + reading + _finalists(data))


def _finalists(data: ReportData) -> str:
    """Return what was trained alone: the best to see at once, the others to unfold."""
    if not data.finalists:
        return ""
    ordered = by_fitness(data.finalists)
    table = _wide(finalists_table(ordered[:SEEN]))
    if others := ordered[SEEN:]:
        table += f"<details><summary>{len(others)} more</summary>{_wide(finalists_table(others))}</details>"
    fitness = data.fitness or data.metric
    text = (
        f"Trained alone within the search: {data.metric} in percent and loss (calibrated) on the search half of "
        f"validation, in the order of their {fitness} there. Supernet: {fitness} in percent with inherited weights."
    )
    if any(row.supernet is None for row in data.finalists):
        text += " Without it: simpler than a finalist; of those about as good as the best the simplest goes first."
    return table + f'<p class="reading">{escape(text)}</p>'


def supernet_section(data: ReportData) -> str:
    """Return the supernet's loss; strategies that train every architecture by itself have none."""
    drawing = supernet_svg(data.history)
    return _card("supernet", "Supernet training", drawing or _missing("No supernet was trained in this run."))


def confusion_section(data: ReportData) -> str:
    """Return the confusion matrix, or where items may have several labels what is said of each."""
    heading, table = "Confusion matrix", confusion_table(data.confusion, data.labels)
    reading = "shading: share of the true label"
    if data.by_label:
        heading, table = "Labels one by one", labels_table(data.by_label)
        reading = "items that have a label, and that are said to; shares in percent"
    read = f'<p class="reading">The saved model on the test split; {reading}.</p>'
    body = _wide(table) + read if table else _missing("The test split was not scored in this run.")
    return _card("confusion", heading, body)


def reproduce_section(data: ReportData) -> str:
    """Return the command, the resolved recipe and the versions."""
    recipe = yaml.safe_dump(_plain(data.settings), sort_keys=False, allow_unicode=True)
    versions = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in data.environment.items())
    environment = f'<dl class="versions">{versions}</dl>' if versions else _missing("Not recorded.")
    return _card(
        "reproduce",
        "How to reproduce",
        f'<pre class="command">{escape(data.command)}</pre><p class="reading">Same data, versions, seed and threads; a '
        "time budget stops where the clock does, so it makes the result depend on the machine.</p>"
        f'<details class="recipe"><summary>Resolved recipe</summary><pre>{escape(recipe)}</pre></details>'
        f"<h3>Environment</h3>{environment}",
    )


def forecast_section(data: ReportData) -> str:
    """Return what was forecast and how far off it was, or nothing where nobody forecast."""
    body = forecast_html(data)
    reading = (
        '<p class="reading">Made when the run began, from a few real steps of everything. A phase that was cut is not '
        "compared.</p>"
    )
    return _card("forecast", "Forecast", _wide(body) + reading) if body else ""


def notes_section(data: ReportData) -> str:
    """Return the notes, or nothing without any."""
    notes = "".join(f"<li>{escape(note)}</li>" for note in data.notes)
    return _card("notes", "Notes", f"<ul>{notes}</ul>") if notes else ""


def _card(name: str, heading: str, body: str) -> str:
    return (
        f'<section id="{name}" aria-labelledby="{name}-heading"><h2 id="{name}-heading">{heading}</h2>{body}</section>'
    )


def _wide(table: str) -> str:
    """Let a table scroll by itself where the screen is narrower."""
    return f'<div class="wide" tabindex="0">{table}</div>'


def _missing(sentence: str) -> str:
    return f'<p class="missing">{escape(sentence)}</p>'


def _plain(value: object) -> object:
    """Return ``value`` as YAML can hold it: paths and other objects as text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
