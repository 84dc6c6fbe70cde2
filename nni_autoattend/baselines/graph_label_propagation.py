"""Baseline: the labels of the training nodes spread along the edges; what every network must beat."""

import torch
from torch import Tensor
from torch.nn import functional as F

from nni_autoattend.datasets.graph_batches import GraphNodes


class LabelPropagation:
    """Labels spread, features are not looked at: Y <- alpha S Y + (1 - alpha) Y0 with S = D^-1/2 A D^-1/2.

    Sources: Zhu and Ghahramani 2002, "Learning from Labeled and Unlabeled Data with Label Propagation"; Zhou et al.
    2004, "Learning with Local and Global Consistency", for this form of it. Of a node that no label reaches (also every
    node of a graph without training nodes) the training nodes' frequencies are what is known. It has no random part:
    one run stands for any number of seeds.

    Args:
        alpha: share of what comes from the neighbours, in every step; tuned.
        layers: steps; tuned.

    Raises:
        ValueError: ``alpha`` is not between 0 and 1, or there is no step.
    """

    def __init__(self, alpha: float, layers: int) -> None:
        if not 0 < alpha < 1 or layers < 1:
            raise ValueError(f"alpha must lie between 0 and 1 and layers be at least 1, found {alpha} and {layers}")
        self.alpha, self.layers = alpha, layers

    def fit(self, nodes: GraphNodes, classes: int) -> "LabelPropagation":
        """Spread the labels of ``nodes``, at least one, over their graph, and return itself."""
        multi_label = nodes.labels.dim() == 2
        labels = nodes.labels.float() if multi_label else F.one_hot(nodes.labels, classes).float()
        known = torch.zeros(nodes.layout.nodes, classes + 1)
        known[nodes.targets] = torch.cat([labels, torch.ones(len(labels), 1)], dim=1)  # last: how much has arrived
        spread = self._spread(known, nodes.layout.propagation("symmetric").matrix)
        self._frequencies, self._multi_label, self._layout = labels.mean(dim=0), multi_label, nodes.layout
        self._shares = torch.where(spread[:, -1:] > 0, spread[:, :-1] / spread[:, -1:], self._frequencies)
        return self

    def shares(self, nodes: GraphNodes) -> Tensor:
        """Return for each target (n, classes) the share of each class in the labels that reached it."""
        if nodes.layout is not self._layout:  # another graph: nothing reaches it
            return self._frequencies.expand(len(nodes), -1)
        return self._shares[nodes.targets]

    def predict(self, nodes: GraphNodes) -> Tensor:
        """Return the class (n,) int64 of each target; with several labels a node (n, classes) of 0 and 1."""
        shares = self.shares(nodes)
        return (shares > 0.5).to(torch.int64) if self._multi_label else shares.argmax(dim=1)

    def _spread(self, known: Tensor, matrix: Tensor) -> Tensor:
        states = known
        for _ in range(self.layers):
            states = self.alpha * (matrix @ states) + (1 - self.alpha) * known
        return states
