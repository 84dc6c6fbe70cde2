"""Curves of a run, drawn by matplotlib and put into the page as SVG that follows the page's colours."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nni_autoattend.report.cells import finite
from nni_autoattend.report.markup import escape

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, GRID, DOT, LINE = "#010203", "#010204", "#010205", "#010206"
"""Stand-ins that no one else draws with; the page's variables take their place."""
_VARIABLES = {INK: "var(--ink)", GRID: "var(--rule)", DOT: "var(--dot)", LINE: "var(--accent)"}
_SIZE = (5.2, 2.6)  # inches: the labels stay readable on a phone, where the drawing is scaled down
_MOST_POINTS = 400
_OPTIONS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.formatter.useoffset": False,
    "axes.formatter.limits": (-4, 6),
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "text.parse_math": False,
}


def search_svg(evaluations: Sequence[Mapping[str, object]], fitness: str) -> str:
    """Return the search's trajectory: every evaluation and the best so far; empty without finite fitnesses."""
    measured = [
        (number, value)
        for number, record in enumerate(evaluations, start=1)
        if (value := finite(record.get("fitness"))) is not None
    ]
    if not measured:
        return ""
    numbers, values = [number for number, _ in measured], [100 * value for _, value in measured]
    best = [max(values[: end + 1]) for end in range(len(values))]

    def draw(axes: "Axes") -> None:
        axes.plot(numbers, values, "o", color=DOT, markersize=2.6, label="one architecture")
        axes.step(numbers, best, where="post", color=LINE, linewidth=1.8, label="best so far")
        axes.set_xlabel("evaluation")
        axes.set_ylabel(f"fitness: {fitness}, %")

    return _svg("search", f"Fitness of {len(values)} evaluated architectures, best {max(values):.2f} %", draw)


def supernet_svg(history: Sequence[Mapping[str, object]]) -> str:
    """Return the supernet's training loss over its steps; empty without finite losses."""
    measured = [
        (finite(row.get("step")), loss)
        for row in history
        if row.get("phase") == "supernet" and (loss := finite(row.get("loss"))) is not None
    ]
    if not measured:
        return ""
    counted = all(step is not None for step, _ in measured)
    steps = [float(step) if counted and step is not None else float(n) for n, (step, _) in enumerate(measured, 1)]
    losses = [loss for _, loss in measured]
    width = -(-len(losses) // _MOST_POINTS)

    def draw(axes: "Axes") -> None:
        label = "loss" if width == 1 else f"loss, mean of {width} records"
        marker = "o" if len(losses) < 30 else ""
        axes.plot(_means(steps, width), _means(losses, width), marker=marker, markersize=3, color=LINE, label=label)
        axes.set_xlabel("step" if counted else "record")
        axes.set_ylabel("training loss")

    return _svg("supernet", f"Training loss of the supernet, from {losses[0]:.3f} to {losses[-1]:.3f}", draw)


def _means(values: Sequence[float], width: int) -> list[float]:
    parts = [values[start : start + width] for start in range(0, len(values), width)]
    return [sum(part) / len(part) for part in parts]


def _svg(name: str, description: str, draw: Callable[["Axes"], None]) -> str:
    """Let ``draw`` fill a figure and return it as an inline SVG whose ids start with ``name``."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    buffer = io.StringIO()
    with rc_context({**_OPTIONS, "svg.hashsalt": name}):
        figure = Figure(figsize=_SIZE, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        draw(axes)
        axes.grid(color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        if len(axes.lines) > 1:
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)  # points lie anywhere
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _inline(buffer.getvalue(), name, description)


def _inline(svg: str, name: str, description: str) -> str:
    """Make matplotlib's file fit for a page: no prologue, own ids, the page's colours and fonts, a description."""
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"'DejaVu Sans'[^;\"]*", "system-ui, 'DejaVu Sans', sans-serif", svg)
    for color, variable in _VARIABLES.items():
        svg = svg.replace(color, variable)
    text = escape(description)
    opening = f'<svg class="curve" id="{name}-curve" role="img" aria-label="{text}"'
    return re.sub(r">", f"><title>{text}</title>", svg.replace("<svg", opening, 1), count=1)
