import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from nni_autoattend.report.curves import search_svg, supernet_svg

EVALUATIONS = [{"stage": "evaluation", "fitness": value} for value in (0.2, 0.4, float("nan"), 0.3, 0.5)]
HISTORY = [{"phase": "supernet", "step": str(10 * n), "loss": str(2 - n / 10)} for n in range(1, 8)]


def texts(svg: str) -> list[str]:
    return [text.strip() for text in ElementTree.fromstring(svg).itertext() if text.strip()]


def test_the_trajectory_names_its_axes_and_its_best():
    svg = search_svg(EVALUATIONS, "macro-f1")
    shown = texts(svg)
    assert {"evaluation", "fitness: macro-f1, %", "best so far", "one architecture"} <= set(shown)
    assert shown[0] == "Fitness of 4 evaluated architectures, best 50.00 %"


def test_the_trajectory_draws_every_finite_fitness_at_its_place():
    svg = search_svg(EVALUATIONS, "accuracy")
    dots = re.findall(r'<use xlink:href="#search-[^"]*" x="([\d.]+)"[^>]*var\(--dot\)', svg)
    across = [float(x) for x in dots[:4]]
    gaps = [right - left for left, right in pairwise(across)]
    assert len(across) == 4
    assert gaps[0] == pytest.approx(gaps[1] / 2, rel=1e-3), "the third evaluation has no fitness: its place is empty"


def test_the_loss_is_drawn_over_the_steps_of_the_supernet_only():
    others = [{"phase": "retrain", "step": "10000", "loss": "9.0"}]
    svg = supernet_svg([*HISTORY, *others])
    assert texts(svg)[0] == "Training loss of the supernet, from 1.900 to 1.300"
    assert svg == supernet_svg(HISTORY)
    assert {"step", "training loss"} <= set(texts(svg))


def test_without_steps_the_records_are_counted():
    assert "record" in texts(supernet_svg([{"phase": "supernet", "loss": 1.0}, {"phase": "supernet", "loss": 0.5}]))


def test_long_histories_are_drawn_in_means():
    history = [{"phase": "supernet", "step": n, "loss": 1.0 + n % 2} for n in range(5000)]
    assert len(supernet_svg(history)) < 30_000


@pytest.mark.parametrize("empty", [[], [{"stage": "evaluation"}], [{"stage": "evaluation", "fitness": math.inf}]])
def test_nothing_measured_nothing_drawn(empty):
    assert search_svg(empty, "accuracy") == ""


def test_no_supernet_no_drawing():
    assert supernet_svg([]) == supernet_svg([{"phase": "supernet", "loss": ""}]) == ""


def test_the_drawings_share_no_id_and_follow_the_colours_of_the_page():
    one, two = search_svg(EVALUATIONS, "accuracy"), supernet_svg(HISTORY)
    ids = re.findall(r'\bid="([^"]*)"', one + two)
    assert len(ids) == len(set(ids))
    for svg in (one, two):
        for target in re.findall(r'(?:href="#|url\(#)([^")]*)', svg):
            assert f'id="{target}"' in svg
        assert "var(--accent)" in svg and "var(--ink)" in svg
        assert "#0102" not in svg and "metadata" not in svg


def test_a_drawing_is_the_same_every_time():
    assert search_svg(EVALUATIONS, "accuracy") == search_svg(EVALUATIONS, "accuracy")


def test_a_metric_of_another_name_is_text_not_formula():
    assert any("a_$b^$ <i>" in text for text in texts(search_svg(EVALUATIONS, "a_$b^$ <i>")))
