"""Batches of nodes: what a graph network is given, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.datasets.loader import DistinctBatches


@dataclass(frozen=True, eq=False)
class GraphNodes:
    """A graph of N nodes with F features each, and n nodes of it with their classes.

    Attributes:
        features: (N, F) float32, dense or sparse CSR.
        layout: the edges.
        targets: (n,) int64, nodes.
        labels: (n,) int64 classes, or (n, K) float32 of 0 and 1 where a node may have several labels.
        neighbours: of a mini-batch, sampled at each step away from a target (-1: all); ``None``: no mini-batches.
    """

    features: Tensor
    layout: GraphLayout
    targets: Tensor
    labels: Tensor
    neighbours: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if len(self.features) != self.layout.nodes or len(self.targets) != len(self.labels):
            raise ValueError(
                f"{self.layout.nodes} nodes but features of {len(self.features)}; "
                f"{len(self.targets)} targets but labels of {len(self.labels)}"
            )

    def __len__(self) -> int:
        return len(self.targets)


@dataclass(frozen=True, eq=False)
class GraphInput:
    """A graph, and the nodes of it that are asked for; it stands where ``TextInput`` stands for texts.

    Attributes:
        features: (N, F) float32, dense or sparse CSR.
        layout: the edges.
        targets: (n,) int64, nodes.
    """

    features: Tensor
    layout: GraphLayout
    targets: Tensor

    @property
    def texts(self) -> int:
        """n; the rows of the logits, which are texts elsewhere."""
        return len(self.targets)

    def cut(self, most: int) -> list[slice]:
        """Return all targets as one run, whatever ``most`` says: what a node needs of a graph cannot be cut off."""
        return [slice(0, self.texts)]

    def take(self, texts: slice) -> GraphInput:
        """Return the same graph with a run of the targets."""
        return GraphInput(self.features, self.layout, self.targets[texts])

    def with_unlabelled(self) -> GraphInput:
        """Return the same graph with all nodes asked for, first the targets; it is made once."""
        return self._wider

    def to(self, device: torch.device | str) -> GraphInput:
        """Return the same on ``device``; it is moved once, for every epoch gives the same graph."""
        wanted = torch.device(device)
        if wanted == self.targets.device:
            return self
        if wanted not in self._moved:
            features, targets = self.features.to(wanted, non_blocking=True), self.targets.to(wanted, non_blocking=True)
            self._moved[wanted] = GraphInput(features, self.layout.to(wanted), targets)
        return self._moved[wanted]

    @cached_property
    def _wider(self) -> GraphInput:
        others = torch.ones(self.layout.nodes, dtype=torch.bool, device=self.targets.device)
        others[self.targets] = False
        return GraphInput(self.features, self.layout, torch.cat([self.targets, others.nonzero().flatten()]))

    @cached_property
    def _moved(self) -> dict[torch.device, GraphInput]:
        return {}


class GraphLoader:
    """Batches of the nodes of a part: the whole graph at once, or sampled neighbourhoods of some of them.

    Args:
        nodes: graph and targets; kept as ``dataset``.
        batch_size: targets in a batch, each with a sample of its neighbourhood (see ``sampled``), where the nodes say
            how to sample; otherwise, and with ``None``, one batch is the whole graph. Evaluations always read it all.
        shuffle: a new order of the targets every epoch; one batch has no order.
        seed: of the shuffling.

    Raises:
        DataError: mini-batches are asked for and torch-geometric's compiled helpers are missing.
    """

    pool = 0

    def __init__(self, nodes: GraphNodes, batch_size: int | None = None, *, shuffle: bool, seed: int = 0) -> None:
        if nodes.neighbours is None:
            batch_size = None
        elif batch_size is not None:
            from nni_autoattend.datasets.graph_neighbours import check_sampler  # torch-geometric

            check_sampler()
        self.dataset, self.batch_size, self.shuffle, self.seed = nodes, batch_size, shuffle, seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of epoch ``epoch``."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Batches in an epoch."""
        return -(-len(self.dataset) // (self.batch_size or max(len(self.dataset), 1)))

    def __iter__(self) -> Iterator[tuple[GraphInput, Tensor]]:
        """Yield each batch of the epoch with its labels, (n,) int64 or (n, K) float32."""
        return self.start_at(0)

    @property
    def order(self) -> Tensor:
        """Positions of the targets in the order in which this epoch yields them, (n,) int64."""
        if not self.shuffle or self.batch_size is None:
            return torch.arange(len(self.dataset))
        return torch.from_numpy(np.random.default_rng([self.seed, self.epoch]).permutation(len(self.dataset)))

    @cached_property
    def distinct(self) -> DistinctBatches:
        """The whole graph as one batch, whatever ``batch_size``: what an evaluation reads."""
        nodes = self.dataset
        whole = [GraphInput(nodes.features, nodes.layout, nodes.targets)] if len(nodes) else []
        return DistinctBatches(whole, torch.arange(len(nodes)))

    def like(self, training: GraphLoader) -> GraphLoader:
        """Return batches of these nodes to learn from, cut as those of ``training`` are."""
        return GraphLoader(self.dataset, training.batch_size, shuffle=True, seed=training.seed)

    def start_at(self, batch: int) -> Iterator[tuple[GraphInput, Tensor]]:
        """Yield the batches of the epoch from number ``batch`` on."""
        if self.batch_size is None:
            for whole in self.distinct.batches[batch:]:
                yield whole, self.dataset.labels
            return
        from nni_autoattend.datasets.graph_neighbours import sampled

        positions = self.order[batch * self.batch_size :]
        yield from sampled(self.dataset, positions, self.batch_size)
