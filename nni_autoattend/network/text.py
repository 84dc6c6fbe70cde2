"""Text networks: embedding, stem, encoder, head."""

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from nni_autoattend.architecture import Architecture
from nni_autoattend.datasets.batches import TextInput
from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.errors import DataError
from nni_autoattend.network.encoder import Encoder
from nni_autoattend.network.head import Head
from nni_autoattend.network.stem import Stem
from nni_autoattend.ops.noise import Noise
from nni_autoattend.settings import NetworkShape

LEARNED_STD = 0.1
"""Spread of learned embeddings at the start. The stem's norm takes their scale out; a small one lets Adam's steps of a
fixed size turn them faster. Ours: the paper starts from GloVe only."""


class TextShell(nn.Module):
    """What surrounds an encoder: word vectors and stem before it, the head after it.

    Args:
        embedding: token numbers -> word vectors.
        stem: (vectors, mask) -> first state.
        encoder: (first states (1, T, C), layout, noise) -> last states.
        head: (last states, layout, owner, texts) -> logits.
    """

    def __init__(self, embedding: nn.Embedding, stem: Stem, encoder: nn.Module, head: Head) -> None:
        super().__init__()
        self.embedding, self.stem, self.encoder, self.head = embedding, stem, encoder, head

    def forward(self, text: TextInput) -> Tensor:
        """Return the logits (texts, classes) of ``text``."""
        return forward_text(self.embedding, self.stem, self.encoder, self.head, text)[0]


class TextNetwork(TextShell):
    """A stand-alone text classifier with one architecture.

    Args:
        architecture: what the encoder computes.
        shape: widths and rates.
        dimensions: sizes that the data gives.

    Raises:
        UnknownNameError: the architecture names an operation that does not exist.
        DataError: the file of word vectors cannot be read or has another size.
    """

    def __init__(self, architecture: Architecture, shape: NetworkShape, dimensions: TextDimensions) -> None:
        super().__init__(
            build_embedding(dimensions),
            Stem(dimensions.embedding_width, shape.width, shape.dropout),
            Encoder(architecture, shape),
            Head(shape.width, dimensions.classes),
        )
        self.architecture, self.shape, self.dimensions = architecture, shape, dimensions


def forward_text(
    embedding: nn.Module,
    stem: Stem,
    encoder: Callable[[Tensor, TokenLayout, Noise | None], Tensor],
    head: Head,
    text: TextInput,
    paths: int = 1,
    seed: int | None = None,
) -> Tensor:
    """Run the four parts of a text network on packed tokens.

    Args:
        embedding: token numbers -> word vectors.
        stem: word vectors -> first states.
        encoder: (first states (P, T, C), layout, noise) -> last states.
        head: last states -> logits.
        text: the batch.
        paths: P, the architectures that the encoder runs.
        seed: of dropout on a CPU; ``None``: torch's global generator draws.

    Returns:
        Logits (P, texts, classes).
    """
    layout = text.layout
    vectors = embedding(text.tokens.flatten().index_select(0, layout.places))
    noise = Noise(vectors.dtype, seed) if stem.training else None
    states = encoder(stem.together(vectors, paths, noise), layout, noise)
    return head.together(states, layout, text.owner, text.texts)


def build_embedding(dimensions: TextDimensions) -> nn.Embedding:
    """Build the embedding: word vectors of the file, or random ones N(0, 0.1); number 0 is padding and stays zero.

    Raises:
        DataError: the file cannot be read or has another size.
    """
    embedding = nn.Embedding(dimensions.vocabulary_size, dimensions.embedding_width, padding_idx=0)
    with torch.no_grad():
        if dimensions.embedding_file is None:
            embedding.weight.normal_(std=LEARNED_STD)
        else:
            embedding.weight.copy_(_read_vectors(Path(dimensions.embedding_file), embedding.weight.shape))
        embedding.weight[0] = 0.0
    embedding.weight.requires_grad_(dimensions.tune_embedding)
    return embedding


def count_parameters(module: nn.Module, without_embedding: bool = True) -> int:
    """Return the number of trainable parameters, by default without those of a top-level ``embedding``."""
    return sum(
        parameter.numel()
        for name, parameter in module.named_parameters()
        if parameter.requires_grad and not (without_embedding and name.startswith("embedding."))
    )


def _read_vectors(path: Path, shape: torch.Size) -> Tensor:
    try:
        vectors = load_file(path)["embedding"]
    except (OSError, SafetensorError, KeyError) as error:
        raise DataError(f"cannot read word vectors from {path}: {error}; prepare the data again") from error
    if vectors.shape != shape:
        raise DataError(f"{path} holds word vectors of size {tuple(vectors.shape)}, expected {tuple(shape)}")
    return vectors
