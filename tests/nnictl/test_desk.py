import threading
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nni_autoattend.nnictl.desk import FAILURES, Desk
from nni_autoattend.nnictl.parameters import Order


class Book:
    """Notes what a desk sends and what comes back."""

    def __init__(self, limit: int | None = None) -> None:
        self.sent: dict[int, dict[str, Any]] = {}
        self.done: list[tuple[str, Any, str | None]] = []
        self.desk = Desk(self.send, limit)

    def send(self, number: int, parameters: dict[str, Any]) -> None:
        assert number not in self.sent
        self.sent[number] = parameters

    def order(self, name: str) -> None:
        self.desk.order(Order({"name": name}), lambda value, job: self.done.append((name, value, job)))


def test_orders_wait_for_requests_and_requests_for_orders() -> None:
    book = Book()
    book.order("a")
    assert book.sent == {}
    book.desk.request([0, 1])
    assert book.sent == {0: {"name": "a"}}
    book.order("b")
    assert book.sent[1] == {"name": "b"}


def test_a_result_ends_a_trial_and_its_process_end_is_no_second_one() -> None:
    book = Book()
    book.desk.request([0, 1])
    book.order("a")
    book.order("b")
    book.desk.result(0, 0.5, "job")
    book.desk.ended(0)
    book.desk.ended(1)
    book.desk.result(1, 0.7)  # too late: it has failed
    assert book.done == [("a", 0.5, "job"), ("b", None, None)]


def test_what_is_not_ours_is_nobodys() -> None:
    book = Book()
    book.desk.result(4, 0.5)
    book.desk.ended(4)
    assert book.done == []


def test_a_trial_that_nni_started_again_is_not_sent_again() -> None:
    book = Book()
    book.desk.adopt(7, lambda value, job: book.done.append(("again", value, job)))
    book.desk.request([8])
    book.desk.result(7, 0.25, "job")
    assert (book.sent, book.done) == ({}, [("again", 0.25, "job")])
    assert book.desk.started == 1


def test_the_limit_counts_earlier_lives() -> None:
    book = Book(limit=3)
    book.desk.started = 2
    assert book.desk.may_order
    book.order("a")
    assert not book.desk.may_order


def test_ten_failures_without_a_success() -> None:
    book = Book()
    book.desk.request(range(FAILURES + 1))
    for number in range(FAILURES):
        assert not book.desk.failing
        book.order(str(number))
        book.desk.ended(number)
    assert book.desk.failing


def test_one_success_and_failures_are_borne() -> None:
    book = Book()
    book.desk.request(range(2 * FAILURES))
    for number in range(2 * FAILURES):
        book.order(str(number))
        book.desk.result(number, 0.5) if number == 3 else book.desk.ended(number)
    assert not book.desk.failing


def test_a_callback_may_order_again() -> None:
    book = Book()
    book.desk.order(Order({"name": "a"}), lambda value, job: book.order("b"))
    book.desk.request([0, 1])
    book.desk.result(0, 0.5)
    assert book.sent[1] == {"name": "b"}


def test_waiting_ends_with_the_last_trial_and_with_the_desk() -> None:
    book = Book()
    book.desk.request([0])
    book.order("a")
    waiting = threading.Thread(target=book.desk.wait)
    waiting.start()
    assert waiting.is_alive()
    book.desk.result(0, 0.5)
    waiting.join(10)
    assert not waiting.is_alive()
    book.order("b")
    waiting = threading.Thread(target=book.desk.wait)
    waiting.start()
    book.desk.close()
    waiting.join(10)
    assert not waiting.is_alive()
    assert not book.desk.may_order


def test_room_wakes_up_with_a_request() -> None:
    book = Book()
    assert not book.desk.room()
    found: list[bool] = []
    asking = threading.Thread(target=lambda: found.append(book.desk.room(30)))
    asking.start()
    book.desk.request([0])
    asking.join(10)
    assert found == [True]


@given(st.lists(st.sampled_from(["request", "order", "result", "fail", "ended"]), max_size=60), st.randoms())
def test_in_any_order_every_trial_is_sent_once_and_answered_once(events: list[str], rng: Any) -> None:
    book, requests, orders = Book(), 0, 0
    for event in events:
        if event == "request":
            book.desk.request([requests])
            requests += 1
        elif event == "order":
            book.order(str(orders))
            orders += 1
        elif book.sent:
            number = rng.choice(sorted(book.sent))
            if event == "ended":
                book.desk.ended(number)
            else:
                book.desk.result(number, 0.5 if event == "result" else None)
        assert len(book.sent) == min(requests, orders)
    for number in book.sent:
        book.desk.ended(number)
    names = [name for name, _, _ in book.done]
    assert sorted(names) == sorted(parameters["name"] for parameters in book.sent.values())
    assert [parameters["name"] for parameters in book.sent.values()] == [str(number) for number in range(len(names))]


def test_a_trial_that_is_over_before_the_search_takes_it_is_not_lost() -> None:
    book = Book()
    book.desk.expect([7, 8])
    book.desk.result(7, 0.25, "job")
    book.desk.ended(7)
    book.desk.ended(8)
    for number in (7, 8):
        book.desk.adopt(number, lambda value, job, number=number: book.done.append((str(number), value, job)))  # type: ignore[misc]
    assert book.done == [("7", 0.25, "job"), ("8", None, None)]
    book.desk.result(7, 0.5)
    assert len(book.done) == 2
