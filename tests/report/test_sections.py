from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import yaml

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.report import sections
from nni_autoattend.report.data import FinalistRow, LabelRow, ReportData, ResultRow

ARCHITECTURE = Architecture((AdditionLayer(0, "gru", "zero"), AttentionLayer(0, "conv1", "gru", "gru")))
DATA = ReportData(
    title="t",
    command="nni-autoattend search --train 'a & b.csv'",
    settings={
        "space": {"operations": ("zero", "gru")},
        "data": {"train": Path("a & b.csv")},
        "seed": 0,
        "budget": None,
    },
    architecture=ARCHITECTURE,
    operations=("zero", "conv1", "gru", "conv3"),
    history=[{"phase": "supernet", "step": 1, "loss": 1.5}, {"phase": "supernet", "step": 2, "loss": 1.2}],
    evaluations=[{"stage": "trial", "fitness": 0.5}, {"stage": "late", "fitness": None}, {"fitness": 0.6}],
    results=[ResultRow("autoattend", "found", 1, 0.4, 0.4, 0.0, 1, 1.0)],
    confusion=[[1, 0], [1, 2]],
    labels=["no", "yes"],
    metric="macro-f1",
    environment={"torch": "2.13.0", "nni<": "3.0"},
    notes=["<script>x</script>"],
    interval="90 % interval",
)
EMPTY = replace(DATA, history=[], evaluations=[], results=[], confusion=[], environment={}, notes=[])
SVG = "{http://www.w3.org/2000/svg}"


def parsed(section: str) -> ElementTree.Element:
    return ElementTree.fromstring(section)


def words(section: str) -> str:
    return " ".join("".join(parsed(section).itertext()).split())


def test_results_say_metric_and_interval():
    text = words(sections.results_section(DATA))
    assert "Scores are macro-f1 in percent" in text
    assert "(90 % interval)" in text


def test_architecture_has_drawing_legend_and_words():
    section = parsed(sections.architecture_section(DATA))
    assert section.find(f"{SVG}svg") is not None
    legend = ["".join(item.itertext()) for item in section.findall("ul[@class='legend']/li")]
    assert legend == ["Q Query", "K Key", "V Value", "+ Addend of an addition"]
    assert [item.text for item in section.findall("details/ol/li")] == [
        "addition: gru(s0)",
        "attention: Query conv1(s1), Key gru(s0), Value gru(s0)",
    ]


def test_operations_are_counted_by_role():
    section = parsed(sections.operations_section(DATA))
    rows = section.findall(".//tr")[1:]
    counted = {row.find("th").text: [cell.text for cell in row.findall("td")] for row in rows}
    assert counted["gru"] == ["·", "1", "1", "1", "3"]
    unused = section.find(".//p[@class='reading']").text.split("Not in use: ")[1].rstrip(".").split(", ")
    assert {"conv3", "zero"} <= set(unused)
    assert sorted([*counted, *unused]) == sorted(DATA.operations)


def test_search_says_how_many_by_stage_and_what_is_not_drawn():
    text = words(sections.search_section(DATA))
    assert "2 architectures in the order of evaluation." in text
    assert "By stage: trial 1, late 1, evaluation 1." in text
    assert "Not drawn: 1 without a finite fitness." in text


def test_supernet_and_confusion_are_shown():
    assert 'id="supernet-curve"' in sections.supernet_section(DATA)
    assert len(parsed(sections.confusion_section(DATA)).findall(".//tbody/tr")) == 2


def test_where_items_may_have_several_labels_each_is_told_by_itself():
    several = replace(DATA, confusion=[], by_label=[LabelRow("no", 3, 2, 1), LabelRow("yes", 4, 4, 4)])
    section = parsed(sections.confusion_section(several))
    assert section.find("h2").text == "Labels one by one"
    assert len(section.findall(".//tbody/tr")) == 2


def test_reproduce_holds_command_recipe_and_versions():
    section = parsed(sections.reproduce_section(DATA))
    assert section.find("pre[@class='command']").text == DATA.command
    assert yaml.safe_load(section.find("details[@class='recipe']/pre").text) == {
        "space": {"operations": ["zero", "gru"]},
        "data": {"train": "a & b.csv"},
        "seed": 0,
        "budget": None,
    }
    versions = section.find("dl[@class='versions']")
    assert {item.find("dt").text: item.find("dd").text for item in versions} == DATA.environment


def test_notes_are_text():
    assert parsed(sections.notes_section(DATA)).find("ul/li").text == "<script>x</script>"
    assert sections.notes_section(EMPTY) == ""


def test_what_is_missing_is_said():
    for section, sentence in (
        (sections.results_section, "No network was retrained in this run."),
        (sections.search_section, "No evaluation was recorded."),
        (sections.supernet_section, "No supernet was trained in this run."),
        (sections.confusion_section, "The test split was not scored in this run."),
        (sections.reproduce_section, "Not recorded."),
    ):
        assert sentence in words(section(EMPTY))


def test_finalists_stand_below_the_search():
    rows = [FinalistRow(ARCHITECTURE, 0.5, 0.6, 0.7)]
    section = sections.search_section(replace(DATA, finalists=rows))
    assert "Supernet: macro-f1 in percent with inherited weights" in words(section)
    assert parsed(section).find(".//table[@class='finalists']") is not None
    assert "simpler than a finalist" not in words(section)
    assert "Trained alone" not in words(sections.search_section(DATA))
    with_simpler = sections.search_section(replace(DATA, finalists=[*rows, FinalistRow(ARCHITECTURE, None, 0.6, 0.7)]))
    assert "simpler than a finalist" in words(with_simpler)


def test_more_than_some_finalists_are_unfolded():
    rows = [FinalistRow(ARCHITECTURE, 0.5, 0.6, 0.1 * number) for number in range(sections.SEEN + 2)]
    few, many = (
        parsed(sections.search_section(replace(DATA, finalists=some))) for some in (rows[: sections.SEEN], rows)
    )
    assert few.find(".//details") is None and many.find(".//details/summary").text == "2 more"
    assert [len(table.findall("tbody/tr")) for table in many.findall(".//table[@class='finalists']")] == [
        sections.SEEN,
        2,
    ]
