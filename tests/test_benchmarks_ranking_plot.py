"""The picture of the ranking benchmark: everything that is said in it can be read."""

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from benchmarks._ranking_plot import drawn, save_plot

SEEDS = (0, 1, 2)


def estimate(name: str, tau: float) -> dict[str, float]:
    return {name: tau, f"{name}_low": tau - 0.1, f"{name}_high": tau + 0.1}


def result(modes: tuple[str, ...], ceilings: int) -> dict[str, Any]:
    figures = estimate("tau", 0.2) | estimate("tau_by_loss", -0.1)
    names = ("halves of the selection items", "one training seed against the mean of the others", "a third one " * 6)
    return {
        "task": "cora",
        "alone": {"architectures": 2, "seeds": 2},
        "rankers": [
            {"mode": mode, "epochs": epochs, "seeds": SEEDS, **figures} for mode in modes for epochs in (250, 1000)
        ],
        "controls": [{"name": "parameter count", **figures}],
        "ceilings": [
            {"name": names[number % 3], "by_loss": number > 2, "tau": number / 10} for number in range(ceilings)
        ],
        "architectures": [
            {"alone": alone, "fitness": {f"{mode}/{epochs}": [alone] * 3 for mode in modes for epochs in (250, 1000)}}
            for alone in (0.78, 0.8)
        ],
    }


@pytest.mark.parametrize("modes", [("full", "none"), ("full", "target", "source", "none", "affine")])
@pytest.mark.parametrize("ceilings", [1, 5])
def test_words_lie_within_the_picture_and_beside_each_other(modes: tuple[str, ...], ceilings: int) -> None:
    figure = drawn(result(modes, ceilings))
    figure.draw_without_rendering()
    above, below = figure.subfigs
    titles = [axes.title.get_window_extent() for axes in above.axes]
    legend = below.legends[0]
    boxes = [*titles, legend.get_window_extent(), *(axes.get_tightbbox() for axes in below.axes)]
    assert all(figure.bbox.contains(*box.min) and figure.bbox.contains(*box.max) for box in boxes)
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    told = [text.get_text() for text in legend.get_texts()]
    assert len(told) == len(set(told)) == 2 + min(ceilings, 3)


def test_a_ceiling_stands_with_its_own_measure() -> None:
    both = drawn(result(("full",), 4)).subfigs[1].axes
    heights = [[line.get_ydata()[0] for line in axes.lines if "ceiling" in str(line.get_label())] for axes in both]
    assert heights == [[0.0, 0.1, 0.2], [pytest.approx(0.3)]]


def test_without_supernets_there_is_no_picture(tmp_path: Path) -> None:
    save_plot(tmp_path / "plot.png", result((), 1))
    assert not list(tmp_path.iterdir())
    save_plot(tmp_path / "plot.png", result(("full",), 1))
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
