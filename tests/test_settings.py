from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.settings import DataSettings, NetworkShape, RetrainSettings, SearchSettings, TrainingSettings

SHAPE = {"width": 64, "heads": 8, "dropout": 0.1, "attention_dropout": 0.1, "aggregation_dropout": 0.1}
TRAINING = {"epochs": 1, "batch_size": 2, "lr": 0.1}


@pytest.mark.parametrize(
    "change",
    [
        {"width": 0},
        {"heads": 0},
        {"heads": 7},
        {"dropout": 1.0},
        {"dropout": -0.1},
        {"attention_dropout": 1.0},
        {"aggregation_dropout": 2.0},
    ],
)
def test_impossible_shapes(change: dict[str, Any]) -> None:
    NetworkShape(**SHAPE)
    with pytest.raises(ValueError, match=next(iter(change))):
        NetworkShape(**(SHAPE | change))


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"lr": 0.0},
        {"lr": -1.0},
        {"weight_decay": -1.0},
        {"clip": -1.0},
        {"bucket_pool": -1},
        {"trials": 0},
        {"samples": 0},
        {"checkpoint_minutes": -1.0},
        {"share": 0.0},
        {"share": 1.0},
    ],
)
def test_impossible_training(change: dict[str, Any]) -> None:
    SearchSettings(**TRAINING)
    SearchSettings(**TRAINING, trials=1, samples=1, clip=0.0, bucket_pool=0, checkpoint_minutes=0.0)
    with pytest.raises(ValueError, match=next(iter(change))):
        SearchSettings(**(TRAINING | change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"task": None}, "--task NAME or --train FILE"),
        ({"train": Path("a.csv")}, "--task NAME or --train FILE"),
        ({"min_count": 0}, "min_count"),
        ({"embedding_width": 0}, "embedding_width"),
        ({"max_vectors": 0}, "max_vectors"),
        ({"max_length": 1}, "max_length"),
        ({"max_length": 0}, "max_length"),
        ({"size": 99}, "size"),
        ({"validation_share": 0.0}, "validation_share"),
        ({"validation_share": 0.5}, "validation_share"),
        ({"test_share": 0.9}, "test_share"),
    ],
)
def test_impossible_data(change: dict[str, Any], message: str) -> None:
    DataSettings(task="trec")
    DataSettings(train=Path("a.csv"), max_length=2)
    with pytest.raises(ValueError, match=message):
        DataSettings(**({"task": "trec"} | change))


@pytest.mark.parametrize(
    "change",
    [{"seeds": 0}, {"top_k": 0}, {"width": 0}, {"dropout": 1.0}, {"dropout": -0.5}, {"epochs": 0}, {"lr": 0.0}],
)
def test_impossible_retraining(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        RetrainSettings(**change)


def test_the_training_part_of_retraining() -> None:
    settings = RetrainSettings(epochs=3, batch_size=5, lr=0.25, weight_decay=0.5, clip=2.0, bucket_pool=7)
    assert settings.training() == TrainingSettings(3, 5, 0.25, 0.5, 2.0, 7)
    assert RetrainSettings(dropout=0.0).dropout == 0.0
