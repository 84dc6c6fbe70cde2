"""What every loader promises, whatever the data are: texts in batches, and a graph."""

from collections.abc import Callable

import pytest
import torch

from nni_autoattend.datasets.batches import TextLoader
from nni_autoattend.datasets.encoded import EncodedTexts, window_tensors
from nni_autoattend.datasets.graph_batches import GraphLoader, GraphNodes
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.datasets.loader import Loader


def texts() -> Loader:
    windows = window_tensors([[[10 + i % 5] * (1 + i % 4)] for i in range(17)])
    return TextLoader(EncodedTexts(windows, torch.arange(17) % 3), 4, shuffle=True, seed=1)


def graph() -> Loader:
    layout = GraphLayout.of(torch.tensor([[0, 1, 2, 3], [1, 2, 3, 4]]), 6)
    nodes = GraphNodes(torch.randn(6, 2), layout, torch.tensor([4, 1, 2]), torch.tensor([1, 0, 1]))
    return GraphLoader(nodes, shuffle=True, seed=1)


every_loader = pytest.mark.parametrize("make", [texts, graph])


@every_loader
def test_an_epoch_has_every_label_once(make: Callable[[], Loader]) -> None:
    loader = make()
    batches = list(loader.start_at(0))
    assert len(batches) == len(loader)
    assert all(items.texts == len(labels) for items, labels in batches)
    labels = torch.cat([labels for _, labels in batches])
    assert sorted(labels.tolist()) == sorted(loader.dataset.labels.tolist())


@every_loader
def test_the_order_depends_on_seed_and_epoch_only(make: Callable[[], Loader]) -> None:
    first, second = make(), make()
    list(first.start_at(0))  # what was read before does not matter
    for loader in (first, second):
        loader.set_epoch(3)
    orders = [[labels.tolist() for _, labels in loader.start_at(0)] for loader in (first, second)]
    assert orders[0] == orders[1]


@every_loader
def test_an_epoch_can_be_entered_at_any_batch(make: Callable[[], Loader]) -> None:
    loader = make()
    whole = [labels.tolist() for _, labels in loader.start_at(0)]
    for start in range(len(loader) + 1):
        assert [labels.tolist() for _, labels in loader.start_at(start)] == whole[start:]


@every_loader
def test_an_evaluation_finds_every_item_among_the_distinct_ones(make: Callable[[], Loader]) -> None:
    loader = make()
    batches, rows = loader.distinct
    assert rows.shape == (len(loader.dataset),)
    assert sorted(set(rows.tolist())) == list(range(sum(batch.texts for batch in batches)))


@every_loader
def test_runs_of_a_batch_are_the_batch(make: Callable[[], Loader]) -> None:
    items, _ = next(make().start_at(0))
    runs = items.cut(5)
    assert [number for run in runs for number in range(items.texts)[run]] == list(range(items.texts))
    assert sum(items.take(run).texts for run in runs) == items.texts
    assert items.with_unlabelled().texts >= items.texts
