from itertools import combinations
from random import Random
from xml.etree import ElementTree

import pytest

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.genes import Genes
from nni_autoattend.report.graph import LONGEST_OPERATION, architecture_svg
from nni_autoattend.report.layout import CHARACTER

SVG = "{http://www.w3.org/2000/svg}"
OPERATIONS = ("zero", "identity", "conv1", "conv3", "maxpool3", "gru")


def drawn(architecture: Architecture) -> ElementTree.Element:
    return ElementTree.fromstring(architecture_svg(architecture, ("before", "after")))


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [item for item in root.iter() if name in item.get("class", "").split()]


def random_architecture(layers: int, seed: int = 0) -> Architecture:
    return Genes(layers, ("addition", "attention"), OPERATIONS).random(Random(seed))


@pytest.mark.parametrize("layers", [1, 8, 24, 99])
def test_every_layer_and_every_edge_is_drawn_with_its_facts(layers):
    architecture = random_architecture(layers)
    root = drawn(architecture)
    nodes = [(item.get("id"), item.get("data-layer"), item.get("data-kind")) for item in of_class(root, "node")]
    assert nodes == [(f"layer-{n}", str(n), layer.kind) for n, layer in enumerate(architecture.layers, start=1)]
    names = ("data-layer", "data-role", "data-source", "data-operation")
    edges = [tuple(item.get(name) for name in names) for item in of_class(root, "edge")]
    assert edges == [(str(e.target), e.role, str(e.source), e.operation) for e in architecture.edges()]
    assert len(of_class(root, "state")) == layers + 1


@pytest.mark.parametrize("seed", range(6))
def test_no_two_boxes_overlap_and_nothing_is_clipped(seed):
    root = drawn(random_architecture(24, seed))
    _, _, width, height = (float(number) for number in root.get("viewBox").split())
    boxes = []
    for item in root.iter(f"{SVG}rect"):
        x, y, w, h = (float(item.get(name)) for name in ("x", "y", "width", "height"))
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
        boxes.append((x, y, x + w, y + h))
    for one, two in combinations(boxes, 2):
        apart = one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]
        assert apart, f"{one} overlaps {two}"


def test_labels_name_role_operation_and_source_and_fit_their_pills():
    architecture = Architecture((AttentionLayer(0, "conv1", "maxpool3", "identity"), AdditionLayer(0, "gru", "conv3")))
    root = drawn(architecture)
    labels = {edge.get("id"): edge.find(f"{SVG}text").text for edge in of_class(root, "edge")}
    assert labels == {
        "edge-1-query": "Q conv1(s0)",
        "edge-1-key": "K maxpool3(s0)",
        "edge-1-value": "V identity(s0)",
        "edge-2-left": "+ gru(s1)",
        "edge-2-right": "+ conv3(s0)",
    }
    pill = min(float(item.get("width")) for item in of_class(root, "pill"))
    assert pill >= CHARACTER * max(len(text) for text in labels.values())


def test_an_operand_of_zero_is_no_edge_but_said():
    root = drawn(Architecture((AdditionLayer(0, "conv1", "zero"),)))
    assert [edge.get("id") for edge in of_class(root, "edge")] == ["edge-1-left"]
    (absent,) = of_class(root, "absent")
    assert absent.get("data-layer") == "1"
    assert "zero" in "".join(absent.itertext())
    assert not of_class(root, "bus")


def test_both_operands_of_an_addition_on_one_state_are_drawn():
    root = drawn(Architecture((AdditionLayer(0, "conv1", "conv1"), AdditionLayer(1, "gru", "conv3"))))
    edges = [(edge.get("id"), edge.get("data-source"), edge.get("data-operation")) for edge in of_class(root, "edge")]
    assert edges == [
        ("edge-1-left", "0", "conv1"),
        ("edge-1-right", "0", "conv1"),
        ("edge-2-left", "1", "gru"),
        ("edge-2-right", "1", "conv3"),
    ]
    assert "one module, used twice" in root.find(f"{SVG}desc").text


def test_a_source_runs_down_to_its_last_reader():
    layers = (AdditionLayer(0, "conv1", "zero"), AdditionLayer(0, "conv1", "gru"), AdditionLayer(0, "conv1", "gru"))
    root = drawn(Architecture(layers))
    (bus,) = of_class(root, "bus")
    path = bus.find(f"{SVG}path").get("d")
    junctions = [float(dot.get("cy")) for dot in of_class(root, "junction")]
    assert len(junctions) == 2
    assert float(path.rsplit("V", 1)[1]) == max(junctions)


def test_the_drawing_has_a_title_a_description_and_unique_ids():
    root = drawn(random_architecture(24))
    ids = [item.get("id") for item in root.iter() if item.get("id")]
    assert len(ids) == len(set(ids))
    assert root.get("role") == "img"
    assert set(root.get("aria-labelledby").split()) <= set(ids)
    assert "24 functional layers" in root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc").text.count("Layer ") == 24


def test_operation_names_of_others_are_escaped_and_cut():
    name = "<script>alert('x')</script>&\""
    root = drawn(Architecture((AdditionLayer(0, name, "conv1"),)))
    (left, _) = of_class(root, "edge")
    assert left.get("data-operation") == name
    assert left.find(f"{SVG}text").text == f"+ {name[: LONGEST_OPERATION - 1]}…(s0)"
    assert not list(root.iter(f"{SVG}script"))
