"""Between a search, which orders trials when it likes, and NNI's manager, which asks for them when it has room."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nni_autoattend.nnictl.manager import SendTrial
from nni_autoattend.nnictl.parameters import Order

Done = Callable[[Any, str | None], None]
"""Called once per trial: with its final metric and job id, or with ``None`` where it failed."""

FAILURES = 10
"""So many failed trials without one that succeeded, and something is wrong with all of them."""


class Desk:
    """Pairs orders with requests, and results with orders. Safe to use from several threads.

    Life of a trial: ``order`` by the search; handed out as soon as there is a request; ``result`` when it reports its
    final metric (``ended`` without one: it failed). ``Done`` callbacks run outside the lock, so they may order again.

    Args:
        send_trial: hands a trial to NNI's manager.
        limit: how many trials there may be, those of an earlier life (``started``) included; ``None``: any number.
    """

    def __init__(self, send_trial: SendTrial, limit: int | None = None) -> None:
        self._send_trial, self._limit = send_trial, limit
        self.started = 0
        self._changed = threading.Condition()
        self._requests: deque[int] = deque()
        self._waiting: deque[tuple[Order, Done]] = deque()
        self._running: dict[int, Done] = {}
        self._expected: dict[int, tuple[Any, str | None] | None] = {}  # by number: how it ended, None: not yet
        self._settling = 0  # results whose callback has not returned yet
        self._failures: int | None = 0  # None: one succeeded
        self.closed = False

    @property
    def failing(self) -> bool:
        """Whether the first ten trials all failed."""
        return self._failures is not None and self._failures >= FAILURES

    def request(self, numbers: Iterable[int]) -> None:
        """Note parameter numbers for which the manager waits."""
        with self._changed:
            self._requests.extend(numbers)
            pairs = self._pairs()
            self._changed.notify_all()
        self._hand_out(pairs)

    def order(self, order: Order, done: Done) -> None:
        """Order a trial."""
        with self._changed:
            self.started += 1
            self._waiting.append((order, done))
            pairs = self._pairs()
        self._hand_out(pairs)

    def expect(self, numbers: Iterable[int]) -> None:
        """Keep the results of trials that NNI itself has started again, until the search adopts them."""
        with self._changed:
            self._expected.update(dict.fromkeys(numbers))

    def adopt(self, number: int, done: Done) -> None:
        """Take an expected trial for one's own; one that is over already is answered at once."""
        with self._changed:
            self.started += 1
            self._running[number] = done
            over = self._expected.pop(number, None)
        if over is not None:
            self._finish(number, *over)

    def result(self, number: int, value: Any, job: str | None = None) -> None:
        """Take the final metric of a trial (``None``: of no use); its training is over, whatever its process does."""
        self._finish(number, value, job)

    def ended(self, number: int) -> None:
        """Take the end of a trial's process; one without a final metric has failed, however it ended."""
        self._finish(number, None, None)

    def room(self, seconds: float = 0.0) -> bool:
        """Tell whether the manager waits for a trial, within ``seconds``."""
        with self._changed:
            self._changed.wait_for(lambda: self._requests or not self.may_order, seconds)
            return bool(self._requests)

    @property
    def may_order(self) -> bool:
        """Whether another trial is within the limit."""
        return not self.closed and (self._limit is None or self.started < self._limit)

    def wait(self) -> None:
        """Return when every ordered trial is over."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed or not (self._waiting or self._running or self._settling))

    def close(self) -> None:
        """Take no more orders; whoever waits goes on."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _pairs(self) -> Mapping[int, Order]:
        pairs = {}
        while self._requests and self._waiting and not self.closed:
            number, (order, done) = self._requests.popleft(), self._waiting.popleft()
            self._running[number] = done
            pairs[number] = order
        return pairs

    def _hand_out(self, pairs: Mapping[int, Order]) -> None:
        for number, order in pairs.items():
            self._send_trial(number, order.to_parameters())

    def _finish(self, number: int, value: Any, job: str | None) -> None:
        with self._changed:
            done = self._running.pop(number, None)
            if done is None:  # not adopted yet, already over, or not ours
                if self._expected.get(number, ()) is None:
                    self._expected[number] = (value, job)
                return
            if value is not None:
                self._failures = None
            elif self._failures is not None:
                self._failures += 1
            self._settling += 1
        try:
            done(value, job)
        finally:
            with self._changed:
                self._settling -= 1
                self._changed.notify_all()
