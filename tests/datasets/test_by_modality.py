"""From settings to batches: each kind of data goes its own way through the same doors."""

import torch

from nni_autoattend.datasets.batches import TextLoader
from nni_autoattend.datasets.by_modality import load_splits, prepare, scoring_loader, training_loader
from nni_autoattend.datasets.graph_batches import GraphLoader
from nni_autoattend.datasets.graph_prepare import GraphData
from nni_autoattend.datasets.prepare import TextData
from nni_autoattend.settings import DataSettings, TrainingSettings
from nni_autoattend.settings_graph_data import GraphDataSettings

TRAINING = TrainingSettings(epochs=1, batch_size=16, lr=0.1, bucket_pool=3)
KINDS = {
    "text": (DataSettings(task="listops", size=100), TextData, TextLoader),
    "graph": (GraphDataSettings(task="communities", size=100), GraphData, GraphLoader),
}


def test_every_kind_goes_from_settings_to_batches():
    for settings, data_class, loader_class in KINDS.values():
        splits = load_splits(settings)
        data = prepare(settings, splits, None)
        assert type(data) is data_class
        assert data.name == splits.name
        train, scoring = training_loader(data.train, TRAINING, 7), scoring_loader(data.test)
        assert type(train) is type(scoring) is loader_class
        assert (train.seed, train.shuffle, scoring.shuffle) == (7, True, False)
        assert len(scoring.distinct.rows) == len(data.test)
        items, labels = next(train.start_at(0))
        assert items.texts == len(labels) > 0


def test_texts_come_in_the_batches_of_the_settings():
    settings, _, _ = KINDS["text"]
    data = prepare(settings, load_splits(settings), None)
    loader = training_loader(data.train, TRAINING, 0)
    assert (loader.batch_size, loader.pool) == (16, 3)
    assert scoring_loader(data.test, 5).batch_size == 5
    assert scoring_loader(data.test).tokens is not None


def test_a_graph_is_one_batch_whose_order_never_changes():
    settings, _, _ = KINDS["graph"]
    data = prepare(settings, load_splits(settings), None)
    loader = training_loader(data.train, TRAINING, 0)
    assert len(loader) == 1
    ((whole, labels),) = list(loader.start_at(0))
    loader.set_epoch(3)
    ((again, _),) = list(loader.start_at(0))
    assert torch.equal(whole.targets, again.targets)
    assert torch.equal(labels, data.train.labels)
    assert list(loader.start_at(1)) == []
