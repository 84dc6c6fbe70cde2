from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from nni_autoattend.budget import Deadline
from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment.entrants import Variant, entrants
from nni_autoattend.experiment.training_run import train_once, trained_network
from nni_autoattend.training.evaluation import judge


def first_variant(bench: Any, toy: Any) -> Variant:
    return entrants(bench, toy.candidates())[-1].variants[0]


def test_weights_and_record_belong_together(bench: Any, toy: Any) -> None:
    from nni_autoattend.datasets.batches import TextLoader

    variant = first_variant(bench, toy)
    trained = train_once("found", variant, bench, Deadline())
    network = trained_network(variant, trained, bench)
    loader = TextLoader(bench.data.selection, 50, shuffle=False)
    assert judge(network, loader, "accuracy", 10).score == pytest.approx(trained.score)
    assert not network.training
    assert [row["phase"] for row in bench.history.rows] == ["retrain found/candidate-1/seed0"] * 2
    assert not list(bench.folder.checkpoints.rglob("*.checkpoint.pt"))
    assert train_once("found", variant, bench, Deadline()) == trained
    assert len(bench.journal.of_stage("retrain")) == 1


def test_what_ran_before_changes_nothing(bench: Any, toy: Any) -> None:
    variant = first_variant(bench, toy)
    first = train_once("a", variant, bench, Deadline())
    torch.rand(7)
    second = train_once("b", variant, bench, Deadline())
    third = train_once("c", variant.with_seed(1), bench, Deadline())
    weights = [trained_network(variant, trained, bench).state_dict() for trained in (first, second, third)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert not torch.equal(weights[0]["head.classifier.weight"], weights[2]["head.classifier.weight"])


def test_divergence_is_recorded_and_its_state_kept(bench: Any, toy: Any) -> None:
    variant = first_variant(bench, toy)
    broken = replace(variant, training=replace(variant.training, batch_size=5, bucket_pool=0), build=_broken(variant))
    trained = train_once("found", broken, bench, Deadline())
    assert trained.score is None
    assert list(bench.folder.checkpoints.rglob("*.checkpoint.pt"))
    assert train_once("found", broken, bench, Deadline()) == trained


def test_lost_weights_are_told(bench: Any, toy: Any) -> None:
    variant = first_variant(bench, toy)
    trained = train_once("found", variant, bench, Deadline())
    for path in Path(bench.folder.checkpoints).rglob("*.weights.pt"):
        path.unlink()
    with pytest.raises(RunFolderError, match="missing"):
        trained_network(variant, trained, bench)


def _broken(variant: Variant) -> Any:
    def build() -> Any:
        network = variant.build()
        with torch.no_grad():
            network.head.classifier.weight.fill_(float("nan"))
        return network

    return build
