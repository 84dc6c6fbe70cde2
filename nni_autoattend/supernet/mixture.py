"""The executor of all paths at once: the supernet that NNI's DARTS and GumbelDARTS train."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from nni_autoattend.genes import Genes, Sample
from nni_autoattend.ops.noise import Noise
from nni_autoattend.space.encoder import MutableEncoder
from nni_autoattend.supernet.mixture_alphas import Alphas
from nni_autoattend.supernet.mixture_base import DifferentiableEncoder
from nni_autoattend.supernet.mixture_edges import Branch, EdgeMixer
from nni_autoattend.supernet.mixture_layer import MixedLayer

_KEPT = 2**23
"""Elements (tokens x edges x channels) of a mixture up to which everything is kept for the backward pass: some 140
bytes for each, so 1.2 GB."""


class MixtureEncoder(DifferentiableEncoder):
    """An encoder of shared weights whose every choice is a weighted sum (DARTS, Liu et al., ICLR 2019).

    With a, b, ... the weights of a label's values, softmax of its alpha, layer t computes for state s and source kind k
    (one state for each kind that layer s may be; the stem has one):

        addition_t  = sum_k kind_{t-1,k} sum_o left_o o(state_{t-1,k})
                      + sum_s source_s sum_k kind_{s,k} sum_o right_o o(state_{s,k})
        attention_t = sum_s source_s sum_k kind_{s,k} Attend(Query, Key_{s,k}, Value_{s,k})
        Query       = sum_k kind_{t-1,k} sum_o query_o o(state_{t-1,k})
        Key_{s,k}   = sum_o key_o o(state_{s,k}), Value likewise

    so addition and attention outputs stay apart until the edge that reads them weights them, with the weights of its
    slot for that source kind; Key and Value share one choice of the source, and ``zero`` adds nothing. The result is
    the sum of the last layer's states by kind. With all weight on one value of each label this is the sampled path.

    Memory: with two kinds and five operations a mixture of n layers runs 5 (3 n^2 + 4 n - 2) operations, as many as 57
    paths of 8 layers or 157 of 24. A wide one keeps one state per layer and kind and nothing else between the layers:
    edges are taken in parts of a bounded number of tokens, and each part is computed again in the backward pass, from
    the same random numbers. That takes a fifth longer. Small mixtures keep everything. Measured at width 64 beyond the
    weights and their gradients: 0.25 GB for 640 tokens and 8 layers, 0.5 GB for 280 tokens and 24; of the latter the
    weights and what Adam keeps take 1.8 GB more, and a step is 8 times as long.

    Args:
        space: the searched encoder that it replaces.
        alphas: architecture parameters.
    """

    def __init__(self, space: MutableEncoder, alphas: Alphas) -> None:
        super().__init__(space, alphas)
        self.recompute: bool | None = None  # None: where the mixture is wide

    def resample(self, memo: Sample) -> Sample:
        """Do nothing: all paths run."""
        return {}

    def forward(self, states: Tensor, layout: Any, noise: Noise | None = None) -> Tensor:
        """Run the mixture on the stem's output (1, T, width), its rows as ``layout`` says."""
        return self.mix(self.alphas.weights(), states, layout, noise)

    def mix(self, weights: Mapping[str, Tensor], states: Tensor, layout: Any, noise: Noise | None = None) -> Tensor:
        """Run the mixture with given ``weights``: label -> weights of its values; see ``forward``."""
        recompute = self._is_wide(states) if self.recompute is None else self.recompute
        operations = self.genes.state_operations
        mixer = EdgeMixer(operations, self.weights, layout, recompute=recompute, training=noise is not None)
        branches = [Branch.of(0, None, states.new_ones(()), states[0])]
        for target in range(1, self.genes.layers + 1):
            branches += MixedLayer(self.genes, target, branches, weights, mixer, noise).run()
        last = [branch.weight * branch.states for branch in branches if branch.source == self.genes.layers]
        return torch.stack(last).sum(0, keepdim=True)

    def _is_wide(self, states: Tensor) -> bool:
        return states.numel() * edges_of_mixture(self.genes) > _KEPT


def edges_of_mixture(genes: Genes) -> int:
    """Return how many edges a mixture runs, each with all operations.

    Each layer reads every branch before it as right operand, Key and Value, and every branch of the layer just before
    it as left operand and Query.
    """
    kinds, layers = len(genes.kinds), genes.layers
    before = sum(1 + kinds * target for target in range(layers))
    just_before = 1 + kinds * (layers - 1)
    return before * sum({"addition": 1, "attention": 2}[kind] for kind in genes.kinds) + just_before * kinds
