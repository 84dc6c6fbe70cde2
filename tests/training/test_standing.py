import math
from dataclasses import asdict

import pytest

from nni_autoattend.training.standing import Standing, Stopwatch


def test_batches_weigh_by_their_texts_and_skipped_ones_only_count() -> None:
    standing = Standing()
    standing.count(1.0, 4)
    standing.count(None, 4)
    standing.count(None, 4)
    assert (standing.skipped, standing.skipped_in_a_row) == (2, 2)
    standing.count(4.0, 2)
    assert (standing.batch, standing.step, standing.skipped, standing.skipped_in_a_row) == (4, 4, 2, 0)
    assert standing.mean_loss() == pytest.approx((4 * 1.0 + 2 * 4.0) / 6)


def test_a_new_epoch_starts_its_own_mean() -> None:
    standing = Standing()
    standing.count(1.0, 4)
    standing.close_epoch()
    assert standing.mean_loss() is None
    assert (standing.epoch, standing.batch, standing.step) == (1, 0, 1)
    assert Standing(**asdict(standing)) == standing


def test_a_stopwatch_continues_another(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = {"wall": 100.0, "cpu": 10.0}
    monkeypatch.setattr("nni_autoattend.training.standing.time.monotonic", lambda: moment["wall"])
    monkeypatch.setattr("nni_autoattend.training.standing.time.process_time", lambda: moment["cpu"])
    first = Stopwatch()
    moment.update(wall=103.0, cpu=11.0)
    readings = first.readings()
    assert readings == {"seconds": 3.0, "cpu_seconds": 1.0}
    moment.update(wall=500.0, cpu=0.0)  # another process, later
    second = Stopwatch(**readings)
    moment.update(wall=504.0, cpu=2.0)
    assert (second.seconds, second.cpu_seconds) == (7.0, 3.0)


def test_better_is_a_higher_score_or_the_same_at_a_lower_loss() -> None:
    assert Standing().is_better(0.0, math.nan)
    standing = Standing(best_score=0.5, best_loss=1.0)
    assert standing.is_better(0.6, 9.0)
    assert standing.is_better(0.5, 0.9)
    assert not standing.is_better(0.5, 1.0)
    assert not standing.is_better(0.4, 0.1)
    assert not standing.is_better(0.5, math.nan)


def test_score_and_loss_may_both_count() -> None:
    assert Standing().is_better(0.0, math.nan, "both")
    standing = Standing(best_score=0.5, best_loss=1.0)
    assert standing.is_better(0.6, 1.1, "both")  # a fifth more score makes up for a tenth less likelihood
    assert not standing.is_better(0.6, 1.3, "both")
    assert standing.is_better(0.45, 0.8, "both")
    assert not standing.is_better(0.9, math.nan, "both")


def test_the_best_may_be_the_lowest_loss_whatever_its_score() -> None:
    assert Standing().is_better(0.0, math.nan, "loss")
    standing = Standing(best_score=0.5, best_loss=1.0)
    assert standing.is_better(0.1, 0.9, "loss")
    assert not standing.is_better(0.9, 1.0, "loss")
    assert not standing.is_better(0.9, math.nan, "loss")
    assert Standing(best_score=0.5, best_loss=math.nan).is_better(0.1, 9.0, "loss")  # any loss is better than none
