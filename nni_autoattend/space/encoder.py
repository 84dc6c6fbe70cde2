"""The searched part of a network as one NNI mutable module.

A composite: it registers the labels of all layers, because a weight's context names the layer that made its source,
so no layer can be built, sampled or frozen without knowing the others. It holds no weights: freeze it with a sample,
or let a one-shot strategy replace it by a supernet (``nni_autoattend.supernet``).
"""

from typing import Any, NoReturn

from nni.mutable import Categorical
from nni.nas.nn.pytorch import MutableModule
from torch import Tensor

from nni_autoattend.errors import RecipeError
from nni_autoattend.genes import Genes, Sample
from nni_autoattend.network.encoder import Encoder
from nni_autoattend.ops.noise import Noise
from nni_autoattend.recipes import SharingMode
from nni_autoattend.settings import NetworkShape


class MutableEncoder(MutableModule):  # type: ignore[misc]  # NNI has no types
    """All functional layers, each gene an NNI ``Categorical``.

    Under ``model_context(sample)`` the constructor returns the plain ``Encoder`` of that sample, as NNI has it.

    Args:
        genes: what may vary.
        shape: widths and rates of the layers.
        sharing: which part of an edge's context its supernet weights are keyed by.
        seed: seed of the paths that NNI's sampling strategies draw from the supernet (NNI itself obeys none).
    """

    def __init__(self, genes: Genes, shape: NetworkShape, sharing: SharingMode, seed: int = 0) -> None:
        super().__init__()
        self.genes, self.shape, self.sharing, self.seed = genes, shape, sharing, seed
        for label, values in genes.labels().items():
            self.add_mutable(Categorical(values, label=label))

    @classmethod
    def create_fixed_module(
        cls, sample: Sample, genes: Genes, shape: NetworkShape, sharing: SharingMode, seed: int = 0
    ) -> Encoder:
        """Build the plain encoder that ``sample`` describes (NNI calls this instead of the constructor)."""
        return Encoder(genes.from_sample(sample), shape)

    def freeze(self, sample: Sample) -> Encoder:
        """Return the plain encoder that ``sample`` describes, with fresh weights."""
        self.validate(sample)
        return self.create_fixed_module(sample, self.genes, self.shape, self.sharing)

    def forward(self, states: Tensor, layout: Any, noise: Noise | None = None) -> NoReturn:
        """Refuse: a search space has no weights.

        Raises:
            RecipeError: always.
        """
        raise RecipeError("a search space is not a network: freeze it with a sample, or let a strategy mutate it")

    def extra_repr(self) -> Any:
        """Return the size of the space, for ``print(space)``."""
        return f"layers={self.genes.layers}, encodings={float(self.genes.size()):.3g}, sharing={self.sharing!r}"
