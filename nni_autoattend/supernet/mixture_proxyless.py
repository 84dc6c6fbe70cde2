"""The executor that NNI's Proxyless trains: paths drawn by alphas, which learn through binary gates."""

from typing import Any

import torch
from torch import Tensor

from nni_autoattend.genes import Sample
from nni_autoattend.ops.noise import Noise
from nni_autoattend.space.encoder import MutableEncoder
from nni_autoattend.supernet.mixture_alphas import Alphas
from nni_autoattend.supernet.mixture_base import DifferentiableEncoder
from nni_autoattend.supernet.mixture_edges import EdgeMixer
from nni_autoattend.supernet.mixture_sampled import SampledPath


class ProxylessEncoder(DifferentiableEncoder):
    """An encoder of shared weights that runs one path, drawn with the probabilities of its alphas.

    Source: ProxylessNAS (Cai, Zhu, Han, ICLR 2019), section 3.2. The gradient of an alpha is estimated through binary
    gates in the places of the mixture's weights:

        dL/dalpha_i ~ sum_j dL/dg_j p_j (delta_ij - p_i),    dL/dg_j = <dL/doutput, o_j(x)>

    That is the gradient of ``MixtureEncoder`` with the drawn one-hot weights in the softmax's place. Memory is that of
    one path: what did not run is computed in the backward pass, and only while the alphas require gradients: forward
    only, some 8 times what the path itself runs with 8 layers, 13 times with 24. NNI's own modules do the same for each
    choice alone; here a choice of the source moves Key and Value together, and a choice of the kind changes the slots
    of all edges that read the layer. In evaluation there are no gates, but the path is the same.

    Args:
        space: the searched encoder that it replaces.
        alphas: architecture parameters.
    """

    def __init__(self, space: MutableEncoder, alphas: Alphas) -> None:
        super().__init__(space, alphas)
        self.sample: Sample | None = None

    def resample(self, memo: Sample) -> Sample:
        """Set the path: labels that ``memo`` lacks are drawn with their probabilities; return all labels."""
        self.sample = self.alphas.draw(memo)
        return dict(self.sample)

    def forward(self, states: Tensor, layout: Any, noise: Noise | None = None) -> Tensor:
        """Run the current path on the stem's output (1, T, width), its rows as ``layout`` says."""
        if self.sample is None:
            raise RuntimeError("no path is set: call resample() first")
        if not (torch.is_grad_enabled() and self.alphas.learns):
            return self.run([self.genes.from_sample(self.sample)], states, layout, noise)
        mixer = EdgeMixer(
            self.genes.state_operations, self.weights, layout, recompute=False, training=noise is not None
        )
        alphas = self.alphas
        path = SampledPath(self.genes, self.sample, alphas.weights(), mixer, noise, learns=lambda: alphas.learns)
        return path.run(states[0]).unsqueeze(0)
