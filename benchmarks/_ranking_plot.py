"""The picture of a ranking benchmark: what supernets say against the score alone, and all correlations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nni_autoattend.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK, _BARS, _CEILING = "#33475b", ("#a9c3dc", "#2f6fa8", "#14395a"), "#b4552d"
_OPTIONS: dict[Any, Any] = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}


def save_plot(path: Path, result: Mapping[str, Any]) -> None:
    """Draw a finished analysis (the values of the result file) as PNG; without supernets there is nothing to draw.

    Raises:
        StorageError: the file cannot be written.
    """
    rankers = result["rankers"]
    if not rankers:
        return
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    largest = max(ranker["epochs"] for ranker in rankers)
    shown = [ranker for ranker in rankers if ranker["epochs"] == largest]
    with rc_context(_OPTIONS):
        figure = Figure(figsize=(max(7.0, 2.4 * len(shown)), 6.4), layout="constrained")
        FigureCanvasAgg(figure)
        grid = figure.add_gridspec(2, len(shown), height_ratios=(1.0, 1.15))
        first: Axes | None = None
        for column, ranker in enumerate(shown):
            axes = figure.add_subplot(grid[0, column], sharey=first)
            _scatter(axes, ranker, result["architectures"])
            first = first or axes
        assert first is not None
        first.set_ylabel("accuracy alone, %\n(selection half)")
        _bars(figure.add_subplot(grid[1, :]), result)
        figure.suptitle(_title(result, largest))
        write_atomically(path, lambda temporary: figure.savefig(temporary, format="png", dpi=130))


def _title(result: Mapping[str, Any], epochs: int) -> str:
    alone = result["alone"]
    return (
        f"{result['task']}: {alone['architectures']} architectures alone ({alone['seeds']} seeds) "
        f"and on supernets of {epochs} epochs"
    )


def _scatter(axes: Axes, ranker: Mapping[str, Any], architectures: list[Mapping[str, Any]]) -> None:
    name, seeds = f"{ranker['mode']}/{ranker['epochs']}", len(ranker["seeds"])
    fitness = [100 * sum(row["fitness"][name]) / seeds for row in architectures]
    axes.plot(fitness, [100 * row["alone"] for row in architectures], "o", color=_INK, markersize=3, alpha=0.6)
    axes.set_title(f"{ranker['mode']}   τ = {ranker['tau']:.2f}")
    axes.set_xlabel("fitness, %" + (f"\n(mean of {seeds} supernets)" if seeds > 1 else ""))
    axes.grid(linewidth=0.4)


def _bars(axes: Axes, result: Mapping[str, Any]) -> None:
    """Draw tau of every mode and budget, of the control, and the ceilings as lines."""
    rankers, control = result["rankers"], result["controls"][0]
    modes = list(dict.fromkeys(ranker["mode"] for ranker in rankers))
    budgets = sorted({ranker["epochs"] for ranker in rankers})
    width = 0.8 / len(budgets)
    for index, epochs in enumerate(budgets):
        own = [ranker for ranker in rankers if ranker["epochs"] == epochs]
        places = [modes.index(ranker["mode"]) + (index - (len(budgets) - 1) / 2) * width for ranker in own]
        _bar(axes, places, own, width, _BARS[index % len(_BARS)], f"{epochs} epochs")
    _bar(axes, [len(modes)], [control], width, "#9a9a9a", None)
    axes.set_xticks(range(len(modes) + 1), [*modes, control["name"]])
    for number, ceiling in enumerate(result["ceilings"]):
        style = ("-", "--", ":")[number % 3]
        axes.axhline(ceiling["tau"], color=_CEILING, linewidth=1, linestyle=style, label=_wrapped(ceiling["name"]))
    axes.axhline(0, color=_INK, linewidth=0.6)
    axes.set_ylabel("Kendall's τ, 95 % interval")
    columns, place = len(budgets) + len(result["ceilings"]), (0.5, -0.1)
    axes.legend(loc="upper center", bbox_to_anchor=place, ncols=columns, frameon=False, title="bars; lines: ceilings")


def _bar(
    axes: Axes, places: list[float], rankers: list[Mapping[str, Any]], width: float, color: str, label: str | None
) -> None:
    taus = [ranker["tau"] for ranker in rankers]
    # A percentile interval need not hold the figure itself: bars of error must not be negative.
    below = [max(0.0, ranker["tau"] - ranker["tau_low"]) for ranker in rankers]
    above = [max(0.0, ranker["tau_high"] - ranker["tau"]) for ranker in rankers]
    axes.bar(places, taus, 0.92 * width, yerr=(below, above), color=color, label=label, capsize=3, ecolor=_INK)


def _wrapped(text: str) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, 40))
