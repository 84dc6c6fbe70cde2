"""SearchContext: defaults keep nothing; contexts do not share what they collect."""

from pathlib import Path

import pytest

from nni_autoattend.budget import Deadline
from nni_autoattend.strategy.context import SearchContext


def test_defaults_keep_nothing_and_never_stop():
    context = SearchContext()
    assert context.checkpoints is None
    assert not context.deadline.expired()


def test_checkpoints_live_in_the_folder():
    assert SearchContext(folder=Path("x")).checkpoints == Path("x/checkpoints")


def test_a_first_phase_leaves_time_and_shares_the_rest():
    context = SearchContext(deadline=Deadline(100.0, lambda: 50.0))
    first = context.first_phase()
    assert first.deadline.remaining() == pytest.approx(40.0)
    assert first.journal is context.journal and first.history is context.history
    assert not SearchContext().first_phase().deadline.expired()


def test_journals_are_not_shared():
    one, two = SearchContext(), SearchContext()
    one.journal.record("stage", "key", fitness=1.0)
    assert not two.journal.events
