"""What a row of the scale benchmark is of, and measuring it; the process that does must have done nothing before."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any

from benchmarks._own_process import in_own_process

if TYPE_CHECKING:
    from nni_autoattend.architecture import Architecture
    from nni_autoattend.datasets.graph_batches import GraphNodes
    from nni_autoattend.recipes import SpaceRecipe

SPACE = "autoattend-graph"
DEGREE = 10
"""Neighbours of a node, in the mean."""
FEATURES = 64
_TRAINED = 4
"""Every fourth node is trained on."""


@dataclass(frozen=True)
class ScalePoint:
    """A generated graph, and the steps on it.

    Attributes:
        edges: both ways counted; the graph has about as many (repeated and looping ones are drawn too, and dropped).
        architecture: seed of the uniformly drawn architecture.
        steps: that are timed.
    """

    edges: int
    architecture: int
    steps: int


def in_process(point: ScalePoint, threads: int) -> dict[str, Any]:
    """Measure ``point`` in a fresh process, whose peak of memory is that of the row alone.

    Raises:
        AutoAttendError: the process failed; its last line says why.
    """
    return in_own_process(f"{__name__}:measure_plain", [asdict(point), threads], str(point))


def measure_plain(point: Mapping[str, int], threads: int) -> dict[str, Any]:
    """Measure a point given as plain values."""
    return measure_row(ScalePoint(**point), threads)


def measure_row(point: ScalePoint, threads: int) -> dict[str, Any]:
    """Measure ``point`` in this process and return its figures: seconds and bytes.

    ``cpu_step`` is the processor's time of a step, which other work on the machine does not lengthen.
    ``before`` is what the process needs without a graph, ``peak`` its largest resident memory after all steps, and
    ``forecast`` what a person is told before such a graph is read.
    """
    from nni_autoattend.datasets.graph_memory import graph_memory
    from nni_autoattend.experiment.bench import torch_threads
    from nni_autoattend.experiment.forecast_memory import peak_resident, resident

    architecture, space = drawn(point.architecture)
    with torch_threads(threads):
        warm_up(architecture, space)
        before = resident()
        started = time.monotonic()
        nodes = graph_of(point)
        built = time.monotonic() - started
        wall, cpu = step_seconds(architecture, space, nodes, 1 + point.steps)
    count, edges = nodes.layout.nodes, nodes.layout.edges.shape[1]
    return {
        "architecture": architecture.to_json(),
        "nodes": count,
        "edges": edges,
        "build": built,
        "first": wall[0],
        "steps": wall[1:],
        "step": statistics.median(wall[1:]),
        "cpu_step": statistics.median(cpu[1:]),
        "before": before,
        "peak": max((size for size in (before, peak_resident()) if size is not None), default=None),
        "forecast": graph_memory(count, edges, FEATURES, width=space.search.width, heads=space.search.heads),
    }


def drawn(seed: int) -> tuple[Architecture, SpaceRecipe]:
    """Return a uniformly drawn architecture, and the space that it is of."""
    from nni_autoattend.recipes import load_space

    space = load_space(SPACE)
    return space.genes.random(Random(seed)), space


def graph_of(point: ScalePoint) -> GraphNodes:
    """Return a generated graph; a quarter of its nodes is trained on."""
    import torch

    from nni_autoattend.datasets.communities import generate
    from nni_autoattend.datasets.graph_batches import GraphNodes
    from nni_autoattend.datasets.graph_layout import GraphLayout
    from nni_autoattend.datasets.graph_tensors import features_tensor

    graph, _ = generate(point.edges // DEGREE, degree=DEGREE / 2, features=FEATURES)
    targets = torch.arange(0, graph.nodes, _TRAINED)
    layout = GraphLayout(torch.from_numpy(graph.edges), graph.nodes)
    return GraphNodes(features_tensor(graph.features), layout, targets, torch.from_numpy(graph.classes)[targets])


def step_seconds(
    architecture: Architecture, space: SpaceRecipe, nodes: GraphNodes, steps: int
) -> tuple[list[float], list[float]]:
    """Return the seconds, by the clock and of the processor, of each of ``steps`` training steps on the whole graph."""
    import torch

    from nni_autoattend.datasets.communities import CLASSES
    from nni_autoattend.datasets.graph_batches import GraphInput
    from nni_autoattend.dimensions_graph import GraphDimensions
    from nni_autoattend.network.by_modality import build_network
    from nni_autoattend.settings import TrainingSettings
    from nni_autoattend.training.step import AdamStep

    torch.manual_seed(0)
    network = build_network(architecture, space.search, GraphDimensions(FEATURES, CLASSES)).train()
    step = AdamStep(network, TrainingSettings(epochs=1, batch_size=1, lr=5e-3))
    batch = GraphInput(nodes.features, nodes.layout, nodes.targets)
    wall, cpu = [time.monotonic()], [time.process_time()]
    for _ in range(steps):
        step.take(batch, nodes.labels)
        wall.append(time.monotonic())
        cpu.append(time.process_time())
    return _differences(wall), _differences(cpu)


def _differences(readings: Sequence[float]) -> list[float]:
    return [after - before for before, after in pairwise(readings)]


def warm_up(architecture: Architecture, space: SpaceRecipe) -> None:
    """Import and allocate, on a tiny graph, what every process needs whatever the graph."""
    step_seconds(architecture, space, graph_of(ScalePoint(1000, 0, 1)), 1)
