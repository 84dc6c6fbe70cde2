import json
from typing import Any

import pytest

from nni_autoattend.budget import Deadline
from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment.entrants import entrants
from nni_autoattend.experiment.predictions import predict_test, predictions_file, read_predictions
from nni_autoattend.experiment.training_run import train_once, trained_network


def test_predicted_once_in_the_order_of_the_split(bench: Any, toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from nni_autoattend.datasets.batches import collate
    from nni_autoattend.training import evaluation

    variant = entrants(bench, toy.candidates())[-1].variants[0]
    trained = train_once("found", variant, bench, Deadline())
    predictions = predict_test(variant, trained, bench)
    network, test = trained_network(variant, trained, bench), bench.data.test
    one_by_one = tuple(int(network(collate([windows])).argmax()) for windows in test.windows)
    assert predictions.predictions == one_by_one
    assert predictions.labels == tuple(test.labels.tolist())
    assert read_predictions(bench.folder, "found", 0) == predictions

    def forbidden(*args: Any) -> None:
        raise AssertionError("the test split is touched again")

    monkeypatch.setattr(evaluation, "logits_of", forbidden)
    assert predict_test(variant, trained, bench) == predictions


def test_predictions_of_another_training_do_not_count(bench: Any, toy: Any) -> None:
    first, second = entrants(bench, toy.candidates())[-1].variants
    for variant in (first, second):
        trained = train_once("found", variant, bench, Deadline())
        assert predict_test(variant, trained, bench).training == trained.key


def test_damage_is_told(bench: Any) -> None:
    assert read_predictions(bench.folder, "x", 0) is None
    path = predictions_file(bench.folder, "x", 0)
    path.parent.mkdir()
    path.write_text(json.dumps({"name": "x"}))
    with pytest.raises(RunFolderError, match="damaged"):
        read_predictions(bench.folder, "x", 0)
