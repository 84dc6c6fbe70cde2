"""The picture of a ranking benchmark: what supernets say against the score alone, and all correlations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nni_autoattend.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_INK, _BARS, _CEILING = "#33475b", ("#a9c3dc", "#2f6fa8", "#14395a"), "#b4552d"
_STYLES = ("-", "--", ":")
"""Of ceilings, by name."""
_OPTIONS: dict[Any, Any] = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}


def save_plot(path: Path, result: Mapping[str, Any]) -> None:
    """Save the drawing of a finished analysis as PNG; without supernets there is nothing to draw.

    Raises:
        StorageError: the file cannot be written.
    """
    if result["rankers"]:
        figure = drawn(result)
        write_atomically(path, lambda temporary: figure.savefig(temporary, format="png", dpi=130))


def drawn(result: Mapping[str, Any]) -> Figure:
    """Draw a finished analysis: the values of the result file."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rankers = result["rankers"]
    largest = max(ranker["epochs"] for ranker in rankers)
    shown = [ranker for ranker in rankers if ranker["epochs"] == largest]
    with rc_context(_OPTIONS):
        figure = Figure(figsize=(max(9.0, 2.2 * len(shown)), 7.0), layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle(_title(result, largest))
        above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.0, 1.3))[:, 0]
        _scatters(above, shown, result["architectures"])
        _correlations(below, result)
    return figure


def _title(result: Mapping[str, Any], epochs: int) -> str:
    alone = result["alone"]
    return (
        f"{result['task']}: {alone['architectures']} architectures alone ({alone['seeds']} seeds) "
        f"and on supernets of {epochs} epochs"
    )


def _scatters(figure: SubFigure, rankers: Sequence[Mapping[str, Any]], networks: Sequence[Mapping[str, Any]]) -> None:
    """Draw what supernets of each mode say of every network against what training it alone says."""
    rows = figure.subplots(1, len(rankers), sharey=True, squeeze=False)
    for axes, ranker in zip(rows[0], rankers, strict=True):
        name, seeds = f"{ranker['mode']}/{ranker['epochs']}", len(ranker["seeds"])
        fitness = [100 * sum(row["fitness"][name]) / seeds for row in networks]
        axes.plot(fitness, [100 * row["alone"] for row in networks], "o", color=_INK, markersize=3, alpha=0.6)
        axes.set_title(f"{ranker['mode']}: τ = {ranker['tau']:.2f}")
        axes.grid(linewidth=0.4)
    rows[0, 0].set_ylabel("accuracy alone, %\n(selection half)")
    seeds = max(len(ranker["seeds"]) for ranker in rankers)
    figure.supxlabel("fitness on the supernet, %" + (f" (mean of {seeds})" if seeds > 1 else ""), fontsize="medium")


def _correlations(figure: SubFigure, result: Mapping[str, Any]) -> None:
    """Draw tau of every mode, by accuracy and by likelihood, with one legend."""
    styles = dict(zip(dict.fromkeys(ceiling["name"] for ceiling in result["ceilings"]), cycle(_STYLES), strict=False))
    legend: dict[str, Artist] = {}
    for axes, by_loss in zip(figure.subplots(1, 2, sharey=True), (False, True), strict=True):
        _bars(axes, result, "tau_by_loss" if by_loss else "tau")
        for ceiling in result["ceilings"]:
            if ceiling["by_loss"] == by_loss:
                label, style = "ceiling: " + _wrapped(ceiling["name"]), styles[ceiling["name"]]
                axes.axhline(ceiling["tau"], color=_CEILING, linewidth=1, linestyle=style, label=label)
        axes.set_title("by likelihood of the true labels" if by_loss else "by accuracy")
        handles, labels = axes.get_legend_handles_labels()
        legend |= dict(zip(labels, handles, strict=True))
    figure.axes[0].set_ylabel("Kendall's τ, 95 % interval")
    figure.legend(legend.values(), legend.keys(), loc="outside lower center", ncols=2, frameon=False)


def _bars(axes: Axes, result: Mapping[str, Any], measure: str) -> None:
    """Draw ``measure`` of every mode and budget, and of the control."""
    rankers, control = result["rankers"], result["controls"][0]
    modes = list(dict.fromkeys(ranker["mode"] for ranker in rankers))
    budgets = sorted({ranker["epochs"] for ranker in rankers})
    width = 0.8 / len(budgets)
    for index, epochs in enumerate(budgets):
        own = [ranker for ranker in rankers if ranker["epochs"] == epochs]
        places = [modes.index(ranker["mode"]) + (index - (len(budgets) - 1) / 2) * width for ranker in own]
        _bar(axes, places, own, measure, width, _BARS[index % len(_BARS)], f"{epochs} epochs")
    _bar(axes, [len(modes)], [control], measure, width, "#9a9a9a", None)
    axes.set_xticks(range(len(modes) + 1), [*modes, control["name"].replace(" ", "\n")])
    axes.axhline(0, color=_INK, linewidth=0.6)


def _bar(
    axes: Axes,
    places: list[float],
    rankers: list[Mapping[str, Any]],
    measure: str,
    width: float,
    color: str,
    label: str | None,
) -> None:
    taus = [ranker[measure] for ranker in rankers]
    # A percentile interval need not hold the figure itself: bars of error must not be negative.
    below = [max(0.0, ranker[measure] - ranker[f"{measure}_low"]) for ranker in rankers]
    above = [max(0.0, ranker[f"{measure}_high"] - ranker[measure]) for ranker in rankers]
    axes.bar(places, taus, 0.92 * width, yerr=(below, above), color=color, label=label, capsize=3, ecolor=_INK)


def _wrapped(text: str) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, 50))
