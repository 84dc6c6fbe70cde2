"""The text space: embedding, stem and head around the searched encoder."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from nni_autoattend.datasets.batches import TextInput
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.genes import Genes
from nni_autoattend.network.head import Head
from nni_autoattend.network.stem import Stem
from nni_autoattend.network.text import build_embedding, forward_text
from nni_autoattend.recipes import SharingMode
from nni_autoattend.schema import read
from nni_autoattend.settings import NetworkShape
from nni_autoattend.space.searched import SearchedSpace


class TextSpace(SearchedSpace):
    """Texts in, logits out (AutoAttend, figures (a) and (b)).

    The arguments are plain values, because NNI stores them and builds the space again from them elsewhere.

    Args:
        genes: fields of ``Genes``.
        shape: fields of ``NetworkShape``.
        sharing: sharing mode of a supernet made from the space.
        dimensions: fields of ``TextDimensions``.
        seed: seed of the supernet's own paths.
    """

    fixed_parts = ("embedding", "stem", "head")

    def __init__(
        self,
        genes: dict[str, Any],
        shape: dict[str, Any],
        sharing: SharingMode,
        dimensions: dict[str, Any],
        seed: int = 0,
    ) -> None:
        sizes = read(TextDimensions, dimensions, "dimensions of the text space")
        widths = read(NetworkShape, shape, "shape of the text space")
        super().__init__()
        self.embedding = build_embedding(sizes)
        self.stem = Stem(sizes.embedding_width, widths.width, widths.dropout)
        self.add_encoder(read(Genes, genes, "genes of the text space"), widths, sharing, seed)
        self.head = Head(widths.width, sizes.classes)

    def run(self, encoder: Callable[..., Tensor], data: TextInput, paths: int = 1, seed: int | None = None) -> Tensor:
        """Return logits (P, texts, classes); see ``forward_text``."""
        return forward_text(self.embedding, self.stem, encoder, self.head, data, paths, seed)
