"""The texts of the speed benchmark: the Stanford Sentiment Treebank, or generated ones of the same lengths."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nni_autoattend.datasets.codec import TextCodec
from nni_autoattend.datasets.encoded import EncodedTexts, encode
from nni_autoattend.datasets.examples import Examples
from nni_autoattend.datasets.tasks import TASKS, load_splits
from nni_autoattend.datasets.tokenizers import whitespace
from nni_autoattend.datasets.vocabulary import build_vocabulary
from nni_autoattend.datasets.windows import Windows
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.files import write_atomically
from nni_autoattend.settings import DataSettings

EMBEDDING_WIDTH, CLASSES = 300, 5
"""Word vectors are random and frozen: what they say does not change the time, and the official code froze GloVe's."""
PARTS = {"phrases": 327_126, "roots": 8_544, "dev": 1_101}
"""Texts of each part: training phrases, training sentences, sentences of the development split."""
_WORDS = 18_280  # of the training phrases, padding and unknown
_PHRASES = (
    "163560 38412 23176 14769 11264 9224 7671 6416 5569 4934 4314 3857 3448 3174 2877 2517 2300 2169 1946 1739 1596 "
    "1508 1370 1229 1048 942 846 795 619 544 519 486 410 360 288 210 173 178 115 99 107 68 64 57 46 29 16 21 18 12 11 "
    "6"
)
_ROOTS = (
    "0 40 96 152 154 231 218 228 265 298 304 309 319 334 353 334 327 342 351 325 312 317 296 290 259 238 223 226 171 "
    "157 157 152 124 123 99 69 54 61 38 31 40 24 23 21 18 11 3 8 8 4 4 3"
)
"""How many training phrases, and sentences, have 1, 2, ... tokens."""


@dataclass(frozen=True, eq=False)
class SpeedTexts:
    """What the benchmark runs on.

    Attributes:
        source: ``sst5`` or ``generated``.
        words: size of the vocabulary.
        phrases, roots, dev: see ``PARTS``.
    """

    source: str
    words: int
    phrases: EncodedTexts
    roots: EncodedTexts
    dev: EncodedTexts

    @property
    def dimensions(self) -> TextDimensions:
        """The sizes that networks take from the texts."""
        return TextDimensions(self.words, EMBEDDING_WIDTH, CLASSES, tune_embedding=False)


def load_texts(root: Path | None, cache: Path, parts: dict[str, int] | None = None) -> SpeedTexts:
    """Return the treebank's texts as its own tokens; generated ones without a ``root``.

    Args:
        root: folder of the task's files.
        cache: folder where the encoded texts are kept: reading the trees takes half a minute.
        parts: sizes of generated parts, those of the treebank unless named.

    Raises:
        DataError: files are missing or damaged.
    """
    if root is None:
        return _generated(parts or PARTS)
    file = cache / f"sst5-{_checksum(root)}.pt"
    if not file.exists():
        stored = _read_trees(root)
        write_atomically(file, lambda temporary: torch.save(stored, temporary))
    stored = torch.load(file, weights_only=True)
    return SpeedTexts("sst5", stored["words"], *(_unpacked(*stored[part]) for part in PARTS))


def _read_trees(root: Path) -> dict[str, Any]:
    phrases, roots = (load_splits(DataSettings(task="sst5", root=root, phrases=which)) for which in (True, False))
    vocabulary = build_vocabulary([whitespace(text) for text in phrases.train.texts])
    codec = TextCodec("whitespace", vocabulary, phrases.labels, max_length=64)
    parts: dict[str, Examples] = {"phrases": phrases.train, "roots": roots.train, "dev": roots.valid}
    encoded = {
        name: encode(codec, [whitespace(text) for text in part.texts], part.labels) for name, part in parts.items()
    }
    return {"words": len(vocabulary), **{name: _packed(part) for name, part in encoded.items()}}


def _packed(texts: EncodedTexts) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return all tokens in a row, the tokens of each text (it is one window), and the classes."""
    return torch.from_numpy(texts.windows.tokens), texts.lengths, texts.labels


def _unpacked(flat: torch.Tensor, lengths: torch.Tensor, labels: torch.Tensor) -> EncodedTexts:
    windows = Windows(flat.numpy(), lengths.numpy(), np.ones(len(lengths), np.int64))
    return EncodedTexts(windows, labels)


def _generated(parts: dict[str, int]) -> SpeedTexts:
    """Draw texts of the treebank's lengths, words by Zipf's law, classes uniformly."""
    rng = np.random.default_rng(0)
    shares = 1 / np.arange(1, _WORDS - 1)
    encoded = []
    for part, count in parts.items():
        lengths = _lengths(_PHRASES if part == "phrases" else _ROOTS, count, rng)
        words = rng.choice(_WORDS - 2, size=int(lengths.sum()), p=shares / shares.sum()) + 2
        labels = torch.from_numpy(rng.integers(CLASSES, size=count))
        encoded.append(_unpacked(torch.from_numpy(words), torch.from_numpy(lengths), labels))
    return SpeedTexts("generated", _WORDS, *encoded)


def _lengths(counts: str, texts: int, rng: np.random.Generator) -> NDArray[np.int64]:
    shares = np.array(counts.split(), dtype=np.float64)
    return 1 + rng.choice(len(shares), size=texts, p=shares / shares.sum())


def _checksum(root: Path) -> str:
    """Return what the files are known by; missing ones are left to ``load_splits``, which explains."""
    digest = hashlib.sha256()
    for file in TASKS["sst5"].files:
        path = root.expanduser() / file
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()[:16]
