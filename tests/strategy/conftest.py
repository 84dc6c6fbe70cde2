"""Tiny data that a network can learn: the class is the word that a text holds."""

from random import Random

import pytest

from nni_autoattend.datasets.examples import Examples, Splits
from nni_autoattend.datasets.graph_prepare import GraphData, prepare_graph
from nni_autoattend.datasets.graph_tasks import load_graph_splits
from nni_autoattend.datasets.prepare import TextData, prepare
from nni_autoattend.settings import DataSettings
from nni_autoattend.settings_graph_data import GraphDataSettings

WORDS = ("red", "green", "blue")


def examples(count: int, seed: int) -> Examples:
    rng = Random(seed)
    labels = [WORDS[i % 3] for i in range(count)]
    filler = [[rng.choice("abcdef") for _ in range(rng.randrange(1, 5))] for _ in labels]
    texts = [" ".join([*words, label]) for words, label in zip(filler, labels, strict=True)]
    return Examples(tuple(texts), tuple(labels))


@pytest.fixture(scope="session")
def text_data() -> TextData:
    splits = Splits("colours", examples(48, 0), examples(24, 1), examples(12, 2), ())
    return prepare(DataSettings(task="listops", tokenizer="whitespace", embedding_width=8), splits, None)


@pytest.fixture(scope="session")
def graph_data() -> GraphData:
    settings = GraphDataSettings(task="communities", size=100)
    return prepare_graph(settings, load_graph_splits(settings))
