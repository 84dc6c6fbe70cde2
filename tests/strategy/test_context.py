"""SearchContext: defaults keep nothing; contexts do not share what they collect."""

from pathlib import Path

from nni_autoattend.strategy.context import SearchContext


def test_defaults_keep_nothing_and_never_stop():
    context = SearchContext()
    assert context.checkpoints is None
    assert not context.deadline.expired()


def test_checkpoints_live_in_the_folder():
    assert SearchContext(folder=Path("x")).checkpoints == Path("x/checkpoints")


def test_journals_are_not_shared():
    one, two = SearchContext(), SearchContext()
    one.journal.record("stage", "key", fitness=1.0)
    assert not two.journal.events
