"""Public benchmarks, read by torchtext 0.6.0 from a data root that has their files."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from nni_autoattend.datasets.examples import Examples, Splits
from nni_autoattend.datasets.splits import split_off
from nni_autoattend.errors import DataError
from nni_autoattend.settings import DataSettings

FIVE_CLASSES = ("very negative", "negative", "neutral", "positive", "very positive")
TWO_CLASSES = ("negative", "positive")
QUESTION_CLASSES = ("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM")


def sst5(settings: DataSettings) -> Splits:
    """Stanford Sentiment Treebank (Socher et al., 2013) with five classes.

    With ``phrases`` the training and validation splits are all labelled sub-phrases, and every sentence once more, so
    that a sentence counts twice (as in the released code of AutoAttend). The test split is always sentences.
    """
    return _sst(settings, "sst5", FIVE_CLASSES)


def sst2(settings: DataSettings) -> Splits:
    """Stanford Sentiment Treebank with two classes: (very) negative, (very) positive; neutral texts are dropped."""
    return _sst(settings, "sst2", TWO_CLASSES)


def trec(settings: DataSettings) -> Splits:
    """TREC questions (Li and Roth, 2002), six classes; a stratified share of train is the validation split."""
    from torchtext.data import RawField
    from torchtext.datasets import TREC

    folder = _root(settings) / "trec"
    with _explained(folder):
        parts = [
            _examples(TREC(str(folder / file), RawField(), RawField()))
            for file in ("train_5500.label", "TREC_10.label")
        ]
        unknown = {label for part in parts for label in part.labels} - set(QUESTION_CLASSES)
        if unknown:
            raise ValueError(f"unknown labels {sorted(unknown)[:3]}")
    train, valid = split_off(parts[0], settings.validation_share, settings.split_seed)
    note = f"valid: {settings.validation_share:.0%} of train, stratified, seed {settings.split_seed}"
    return Splits("trec", train, valid, parts[1], (note,), QUESTION_CLASSES)


def _sst(settings: DataSettings, name: str, classes: tuple[str, ...]) -> Splits:
    folder, fine_grained = _root(settings) / "sst" / "trees", classes == FIVE_CLASSES
    train, valid, test = (
        _trees(folder / file, fine_grained, phrases).take_labels(classes)
        for file, phrases in (("train.txt", settings.phrases), ("dev.txt", settings.phrases), ("test.txt", False))
    )
    note = (
        "train and valid: all labelled sub-phrases, sentences twice; phrases of one sentence may stand in both halves "
        "of validation; test: sentences"
    )
    return Splits(name, train, valid, test, (note,) if settings.phrases else (), classes)


def _trees(path: Path, fine_grained: bool, phrases: bool) -> Examples:
    from torchtext.data import RawField
    from torchtext.datasets import SST

    with _explained(path), _utf8_files():
        sentences = _examples(SST(str(path), RawField(), RawField(), fine_grained=fine_grained))
        if not phrases:
            return sentences
        inner = _examples(SST(str(path), RawField(), RawField(), subtrees=True, fine_grained=fine_grained))
    return Examples(inner.texts + sentences.texts, inner.labels + sentences.labels)


def _examples(dataset: Any) -> Examples:
    if not dataset.examples:
        raise ValueError("it holds no texts")
    texts, labels = zip(*((example.text, example.label) for example in dataset.examples), strict=True)
    return Examples(texts, labels)


def _root(settings: DataSettings) -> Path:
    if settings.root is None:
        raise ValueError("the data root is not set; call load_splits")
    return settings.root


@contextmanager
def _utf8_files() -> Iterator[None]:
    """Let torchtext's SST open files as UTF-8: it would use the encoding of the locale."""
    import torchtext.datasets.sst as module

    module.open = partial(open, encoding="utf-8")  # hides the builtin from this one module
    try:
        yield
    finally:
        del module.open


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, OSError) as error:  # of nltk, of the label table, of decoding, of the disk
        raise DataError(f"{path} is not what torchtext expects: {' '.join(str(error).split())[:200]}") from error
