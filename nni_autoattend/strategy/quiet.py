"""NNI reports every exception that passes through it, and its strategies print every sample that they propose.

Ours are told once, in one line, by whoever catches them; progress is the observer's matter.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from nni_autoattend.errors import AutoAttendError

_CHATTY = "nni.nas"
_LOGGERS = ("nni.nas.execution.sequential", "nni.nas.strategy.base")


@contextmanager
def own_errors_untold() -> Iterator[None]:
    """Keep NNI's engine and strategies from logging an ``AutoAttendError``, or less than a warning, in the block."""
    chatty = logging.getLogger(_CHATTY)
    level = chatty.level
    chatty.setLevel(logging.WARNING)
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addFilter(_is_not_ours)
    try:
        yield
    finally:
        chatty.setLevel(level)
        for logger in loggers:
            logger.removeFilter(_is_not_ours)


def _is_not_ours(record: logging.LogRecord) -> bool:
    return not isinstance(sys.exc_info()[1], AutoAttendError)
