"""The ENAS adapter: batches arrive marked with their loader (the search itself: test_search.py)."""

from nni_autoattend.strategy.enas import ENAS, MarkedBatches


def test_training_batches_come_first_marked_zero_then_validation_marked_one():
    marked = list(MarkedBatches(["a", "b"], ["c"]))
    assert marked == [("a", 0, 0), ("b", 1, 0), ("c", 0, 1)]
    assert len(MarkedBatches(["a", "b"], ["c"])) == 3


def test_validation_has_no_loop_of_its_own():
    strategy = ENAS(reward_metric_name="val_acc")
    assert strategy.val_dataloader(list, list) == []
    assert list(strategy.train_dataloader(lambda: ["a"], list)) == [("a", 0, 0)]
