"""Independent pieces of work on threads of this process, one torch thread each.

Two torch threads on one small product take nearly twice the CPU time of one; two pieces of work with a thread each do
not wait for each other. torch lets go of the interpreter's lock inside its kernels.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


def workers_on(device: torch.device) -> int:
    """Return how many pieces of work shall run at once: as many as torch may use threads; one on a GPU."""
    return torch.get_num_threads() if device.type == "cpu" else 1


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """Yield ``work(item)`` of every item, in order; ``workers`` run at once, each on one torch thread.

    Items are asked for shortly before they are worked on. With one worker everything happens in the calling thread.
    """
    if workers == 1:
        yield from map(work, items)
        return
    waiting, running = iter(items), deque[Future[Result]]()
    try:
        with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            try:
                running.extend(pool.submit(work, item) for item in islice(waiting, 2 * workers))
                while running:
                    yield running.popleft().result()
                    running.extend(pool.submit(work, item) for item in islice(waiting, 1))
            finally:
                for left in running:
                    left.cancel()
    finally:
        torch.set_num_threads(workers)  # whoever sets them in one thread sets them for threads to come
