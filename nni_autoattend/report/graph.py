"""The drawing of an architecture: an SVG that stands on its own, in a page or in a file, in light and dark.

Every layer is a group ``#layer-7``; every edge a group ``#edge-7-query`` with ``data-layer``, ``data-role``,
``data-source`` and ``data-operation``. Hovering a layer or an edge shows the whole way back to its sources.
"""

from nni_autoattend.architecture import AdditionLayer, Architecture, Edge
from nni_autoattend.report.layout import (
    BOX_HEIGHT,
    END_HEIGHT,
    PILL_DROP,
    PILL_HEIGHT,
    Layout,
    lay_out,
    readers,
    side_edges,
)
from nni_autoattend.report.markup import escape, shorten, style_sheet
from nni_autoattend.report.wording import LETTERS, edge_title, formula, summary

LONGEST_OPERATION = 14
"""Longer operation names are cut in the drawing; their tooltip has them in full."""
_CORNER = 6.0
_LARGEST_SCALE = 1.2  # on a wide screen, so that a small drawing has no shouting letters


def architecture_svg(architecture: Architecture, ends: tuple[str, str]) -> str:
    """Return the drawn graph of ``architecture`` between its two ``ends`` as one ``<svg>`` element."""
    labels = [_label(edge) for edge in architecture.edges()]
    layout = lay_out(architecture, max(len(text) for text in labels))
    targets = range(1, len(architecture.layers) + 1)
    parts = [
        _opening(architecture, layout),
        '<g class="buses">',
        *(_bus(source, targets_of, architecture, layout) for source, targets_of in readers(architecture).items()),
        "</g>",
        _end("stem", ends[0], layout.state(0) - 12 - END_HEIGHT, layout),
        _line(layout.spine, layout.state(0) - 12, layout.state(0)),
        *(_line(layout.spine, layout.box_top(target) + BOX_HEIGHT, layout.state(target)) for target in targets),
        *(_layer(architecture, target, layout) for target in targets),
        _line(layout.spine, layout.state(layout.layers), layout.state(layout.layers) + 18),
        *(_state(state, layout) for state in range(layout.layers + 1)),
        _end("head", ends[1], layout.state(layout.layers) + 18, layout),
        "</svg>",
    ]
    return "\n".join(parts)


def _opening(architecture: Architecture, layout: Layout) -> str:
    described = " ".join(
        f"Layer {target}, {formula(architecture, target)}." for target in range(1, len(architecture.layers) + 1)
    )
    return (
        f'<svg class="architecture" xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {layout.width:g} {layout.height:g}" width="{layout.width:g}" height="{layout.height:g}" '
        f'style="max-width:{layout.width * _LARGEST_SCALE:.0f}px" '
        f'role="img" aria-labelledby="architecture-title architecture-desc">'
        f'<title id="architecture-title">Architecture with {escape(summary(architecture))}</title>'
        f'<desc id="architecture-desc">{escape(described)}</desc>'
        f"<style>{style_sheet('graph')}</style>"
    )


def _label(edge: Edge) -> str:
    return f"{LETTERS[edge.role]} {shorten(edge.operation, LONGEST_OPERATION)}(s{edge.source})"


def _bus(source: int, targets: list[int], architecture: Architecture, layout: Layout) -> str:
    """Draw the line on which state ``source`` runs down to the layers that tap it."""
    x, top = layout.lane(layout.lanes[source]), layout.state(source)
    taps = [
        layout.port(target, position, len(edges))
        for target in targets
        for edges in [side_edges(architecture, target)]
        for position, edge in enumerate(edges)
        if edge.source == source
    ]
    names = ", ".join(str(target) for target in targets)
    return (
        f'<g class="bus" data-source="{source}"><title>State {source}, read by layer {names}</title>'
        f'<path d="M{layout.spine:g} {top:g}{_turn_down(x, top)}V{max(taps):g}"/></g>'
    )


def _turn_down(x: float, y: float) -> str:
    return f"H{x - _CORNER:g}Q{x:g} {y:g} {x:g} {y + _CORNER:g}"


def _layer(architecture: Architecture, target: int, layout: Layout) -> str:
    """Draw a layer's box and every edge that enters it."""
    layer = architecture.layers[target - 1]
    top, middle = layout.box_top(target), layout.box_top(target) + BOX_HEIGHT / 2
    first, sides = architecture.edges_of(target)[0], side_edges(architecture, target)
    operands = ("left", "right") if layer.kind == "addition" else ("query", "key", "value")
    edges = [_down_edge(first, operands[0], layout)]
    for position, (edge, operand) in enumerate(zip(sides, operands[1:], strict=False)):
        edges.append(_side_edge(edge, operand, layout.port(target, position, len(sides)), layout))
    if isinstance(layer, AdditionLayer) and not sides:
        edges.append(_zero(target, layout))
    return (
        f'<g class="layer" data-layer="{target}"><g class="node {layer.kind}" id="layer-{target}" '
        f'data-layer="{target}" data-kind="{layer.kind}">'
        f"<title>{escape(f'Layer {target}, {formula(architecture, target)}')}</title>"
        f'<rect x="{layout.right - layout.box:g}" y="{top:g}" width="{layout.box:g}" height="{BOX_HEIGHT:g}" rx="9"/>'
        f'<text class="number" x="{layout.spine:g}" y="{middle - 4:g}">layer {target}</text>'
        f'<text class="kind" x="{layout.spine:g}" y="{middle + 11:g}">{layer.kind}</text></g>'
        f"{''.join(edges)}</g>"
    )


def _down_edge(edge: Edge, operand: str, layout: Layout) -> str:
    """Draw the edge that comes down the column: Query, or the left operand."""
    x, start, end = layout.spine, layout.state(edge.source), layout.box_top(edge.target)
    body = (
        f'<path class="tap" d="M{x:g} {start:g}V{end - 4:g}"/>'
        f'<path class="tip" d="M{x:g} {end - 1:g}l-4 -6h8z"/>'
        f"{_pill(edge, x - layout.pill / 2, start + PILL_DROP, layout)}"
    )
    return _edge(edge, operand, body)


def _side_edge(edge: Edge, operand: str, y: float, layout: Layout) -> str:
    """Draw an edge from its source's lane into the right side of its layer."""
    lane, start, end = layout.lane(layout.lanes[edge.source]), layout.state(edge.source), layout.right
    body = (
        f'<path class="route" d="M{layout.spine:g} {start:g}{_turn_down(lane, start)}V{y:g}"/>'
        f'<path class="halo" d="M{lane - 3:g} {y:g}H{end + 4:g}"/>'
        f'<path class="tap" d="M{lane:g} {y:g}H{end + 4:g}"/>'
        f'<circle class="junction" cx="{lane:g}" cy="{y:g}" r="2.6"/><path class="tip" d="M{end + 1:g} {y:g}l6 -4v8z"/>'
        f"{_pill(edge, end + 13, y, layout)}"
    )
    return _edge(edge, operand, body)


def _edge(edge: Edge, operand: str, body: str) -> str:
    return (
        f'<g class="edge {edge.role}" id="edge-{edge.target}-{operand}" data-layer="{edge.target}" '
        f'data-role="{edge.role}" data-source="{edge.source}" data-operation="{escape(edge.operation)}">'
        f"<title>{escape(edge_title(edge))}</title>{body}</g>"
    )


def _pill(edge: Edge, x: float, y: float, layout: Layout) -> str:
    return (
        f'<rect class="pill" x="{x:g}" y="{y - PILL_HEIGHT / 2:g}" width="{layout.pill:g}" height="{PILL_HEIGHT:g}" '
        f'rx="{PILL_HEIGHT / 2:g}"/><text class="operation" x="{x + layout.pill / 2:g}" y="{y + 3.6:g}">'
        f"{escape(_label(edge))}</text>"
    )


def _zero(target: int, layout: Layout) -> str:
    """Draw what stands in the place of an operand that the zero operation drops: nothing is read."""
    x, y = layout.right + 13, layout.port(target, 0, 1)
    return (
        f'<g class="absent" data-layer="{target}"><title>Layer {target}: the right operand is zero, nothing is read'
        f'</title><path d="M{layout.right:g} {y:g}H{x:g}"/><rect x="{x:g}" y="{y - PILL_HEIGHT / 2:g}" '
        f'width="{layout.pill:g}" height="{PILL_HEIGHT:g}" rx="{PILL_HEIGHT / 2:g}"/>'
        f'<text class="operation" x="{x + layout.pill / 2:g}" y="{y + 3.6:g}">+ zero</text></g>'
    )


def _state(state: int, layout: Layout) -> str:
    y = layout.state(state)
    return (
        f'<g class="state" data-state="{state}"><circle cx="{layout.spine:g}" cy="{y:g}" r="3.6"/>'
        f'<text x="{layout.spine - 9:g}" y="{y + 3.4:g}">s{state}</text></g>'
    )


def _end(name: str, text: str, top: float, layout: Layout) -> str:
    return (
        f'<g class="end {name}"><rect x="{layout.right - layout.box:g}" y="{top:g}" width="{layout.box:g}" '
        f'height="{END_HEIGHT:g}" rx="{END_HEIGHT / 2:g}"/>'
        f'<text x="{layout.spine:g}" y="{top + 17.6:g}">{text}</text></g>'
    )


def _line(x: float, start: float, end: float) -> str:
    return f'<path class="line" d="M{x:g} {start:g}V{end:g}"/>'
