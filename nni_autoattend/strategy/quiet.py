"""NNI reports every exception that passes through it; ours are told once, in one line, by whoever catches them."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from nni_autoattend.errors import AutoAttendError

_LOGGERS = ("nni.nas.execution.sequential", "nni.nas.strategy.base")


@contextmanager
def own_errors_untold() -> Iterator[None]:
    """Keep NNI's engine and strategies from logging an ``AutoAttendError`` while the block runs."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addFilter(_is_not_ours)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(_is_not_ours)


def _is_not_ours(record: logging.LogRecord) -> bool:
    return not isinstance(sys.exc_info()[1], AutoAttendError)
