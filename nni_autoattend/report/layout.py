"""Where the parts of an architecture's drawing stand: one column of layers, sources on bus lines to its right.

From top to bottom: stem, then per layer its state of origin (a dot), the operation on the way down, the layer's box;
last the head. A state that is read further down leaves its dot to the right and runs down a lane; each reader taps it.
"""

from dataclasses import dataclass

from nni_autoattend.architecture import Architecture, Edge

MARGIN = 10.0
BOX_HEIGHT = 42.0
PILL_HEIGHT = 17.0
PITCH = 90.0
"""Height of one layer: dot, operation, box."""
PILL_DROP = 19.0
BOX_DROP = 37.0
PORT_GAP = 21.0
LANE_GAP = 10.0
CHARACTER = 6.3
"""Width of a monospaced character at the size of the labels (10.5 units)."""
END_HEIGHT = 28.0


@dataclass(frozen=True)
class Layout:
    """Positions in the units of the SVG.

    Attributes:
        layers: number of layers.
        pill: width of every operation label.
        lanes: state -> lane (0 is next to the boxes) for states that are read beside the column.
    """

    layers: int
    pill: float
    lanes: dict[int, int]

    @property
    def spine(self) -> float:
        """Horizontal middle of the column of layers."""
        return MARGIN + self.box / 2

    @property
    def box(self) -> float:
        """Width of a layer's box."""
        return max(self.pill, 116.0)

    @property
    def right(self) -> float:
        """Right edge of the boxes."""
        return MARGIN + self.box

    @property
    def width(self) -> float:
        """Width of the drawing."""
        return self.lane(max(self.lanes.values(), default=0)) + MARGIN

    @property
    def height(self) -> float:
        """Height of the drawing."""
        return self.state(self.layers) + 18 + END_HEIGHT + MARGIN

    def state(self, state: int) -> float:
        """Return the height of a state's dot."""
        return MARGIN + END_HEIGHT + 12 + PITCH * state

    def box_top(self, target: int) -> float:
        """Return the top of a layer's box."""
        return self.state(target - 1) + BOX_DROP

    def port(self, target: int, position: int, ports: int) -> float:
        """Return the height at which the side edge ``position`` of ``ports`` enters a layer."""
        return self.box_top(target) + BOX_HEIGHT / 2 + PORT_GAP * (position - (ports - 1) / 2)

    def lane(self, lane: int) -> float:
        """Return the horizontal position of a lane."""
        return self.right + 13 + self.pill + 14 + LANE_GAP * lane


def lay_out(architecture: Architecture, longest_label: int) -> Layout:
    """Return the layout of ``architecture`` whose labels have up to ``longest_label`` characters."""
    return Layout(len(architecture.layers), CHARACTER * longest_label + 14, _assign_lanes(architecture))


def side_edges(architecture: Architecture, target: int) -> tuple[Edge, ...]:
    """Return the edges that enter a layer from the side: all but the first, which comes down the column."""
    return architecture.edges_of(target)[1:]


def readers(architecture: Architecture) -> dict[int, list[int]]:
    """Return state -> the layers that tap it from the side, in order."""
    found: dict[int, list[int]] = {}
    for target in range(1, len(architecture.layers) + 1):
        for source in sorted({edge.source for edge in side_edges(architecture, target)}):
            found.setdefault(source, []).append(target)
    return found


def _assign_lanes(architecture: Architecture) -> dict[int, int]:
    """Give each state the innermost free lane, short runs first: they then cross the fewest lines."""
    spans = {source: (source, targets[-1]) for source, targets in readers(architecture).items()}
    lanes: dict[int, int] = {}
    taken: list[list[tuple[int, int]]] = []
    for source, (start, end) in sorted(spans.items(), key=lambda item: (item[1][1] - item[1][0], item[0])):
        free = (lane for lane, used in enumerate(taken) if all(end <= first or last <= start for first, last in used))
        lane = next(free, len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((start, end))
        lanes[source] = lane
    return lanes
