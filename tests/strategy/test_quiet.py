import logging

import pytest

from nni_autoattend.errors import DivergedError
from nni_autoattend.strategy.quiet import own_errors_untold


def report(error: Exception) -> None:
    try:
        raise error
    except Exception:
        logging.getLogger("nni.nas.execution.sequential").error("it fails")


def test_only_errors_of_ours_are_untold_and_only_in_the_block(caplog: pytest.LogCaptureFixture) -> None:
    with own_errors_untold():
        report(DivergedError("ours"))
        assert caplog.records == []
        report(ValueError("a bug"))
    report(DivergedError("ours"))
    assert [record.message for record in caplog.records] == ["it fails", "it fails"]


def test_what_nnis_strategies_chat_of_is_not_printed_in_the_block(caplog: pytest.LogCaptureFixture) -> None:
    chatty = logging.getLogger("nni.nas.strategy.evolution")
    with own_errors_untold():
        chatty.info("[Individual    1] Random: {...}")
        chatty.warning("something to know")
    chatty.info("again")
    assert [record.message for record in caplog.records] == ["something to know", "again"]
