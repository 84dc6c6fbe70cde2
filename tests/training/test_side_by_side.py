"""side_by_side: results in order, one torch thread each, errors and early ends leave nothing behind."""

import threading

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nni_autoattend.training.side_by_side import side_by_side, workers_on


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


@given(st.lists(st.integers(), max_size=12), st.integers(1, 4))
def test_results_come_in_the_order_of_the_items(items, workers):
    assert list(side_by_side(lambda item: -item, items, workers)) == [-item for item in items]
    torch.set_num_threads(2)


def test_pieces_run_at_once_each_on_one_torch_thread():
    both_here = threading.Barrier(2, timeout=20)

    def work(item):
        both_here.wait()  # breaks unless two are at it
        return threading.get_ident(), torch.get_num_threads()

    found = list(side_by_side(work, range(4), 2))
    assert len({thread for thread, _ in found}) == 2
    assert {threads for _, threads in found} == {1}


def test_one_worker_is_the_calling_thread_with_all_its_torch_threads():
    found = list(side_by_side(lambda item: (threading.get_ident(), torch.get_num_threads()), range(2), 1))
    assert found == [(threading.get_ident(), 2)] * 2


def test_items_are_asked_for_shortly_before_they_are_worked_on():
    asked = []

    def items():
        for item in range(100):
            asked.append(item)
            yield item

    results = side_by_side(lambda item: item, items(), 2)
    assert next(results) == 0
    assert len(asked) <= 5
    results.close()
    assert len(asked) <= 5


def test_an_error_reaches_the_caller_and_the_rest_is_not_begun():
    begun = []

    def work(item):
        begun.append(item)
        if item == 1:
            raise ValueError("item 1")
        return item

    results = side_by_side(work, range(50), 2)
    assert next(results) == 0
    with pytest.raises(ValueError, match="item 1"):
        list(results)
    assert len(begun) <= 6


def test_workers_are_torch_threads_on_a_cpu_and_one_elsewhere():
    assert workers_on(torch.device("cpu")) == 2
    assert workers_on(torch.device("cuda")) == 1
