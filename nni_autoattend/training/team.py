"""Processes that train one supernet together: all take the same steps, and each computes a part of them.

A team is what ``torch.distributed`` says at the moment: start the same program once per process (``torchrun``), let it
call ``torch.distributed.init_process_group("gloo")`` and use the same seed everywhere. A process by itself is a team of
one, for which nothing here costs anything.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Team:
    """Which of how many processes this one is.

    Attributes:
        rank: from 0; the first one leads: its clock, its journal and its checkpoint count.
        size: number of processes.
    """

    rank: int = 0
    size: int = 1

    @classmethod
    def here(cls) -> "Team":
        """Return the team of the default process group, a team of one where there is none."""
        joined = dist.is_available() and dist.is_initialized()
        return cls(dist.get_rank(), dist.get_world_size()) if joined else cls()

    @property
    def leads(self) -> bool:
        """Whether this process is the first one."""
        return self.rank == 0

    def own(self, things: Iterable[Thing]) -> Iterator[Thing]:
        """Yield every ``size``-th thing: the part of this process."""
        return islice(things, self.rank, None, self.size)

    def agreed(self, thing: Thing) -> Thing:
        """Return the leader's ``thing``, a plain value or a state of tensors."""
        if self.size == 1:
            return thing
        told = [thing if self.leads else None]
        dist.broadcast_object_list(told, src=0)
        return told[0]  # type: ignore[return-value]  # the leader's

    def add(self, values: Tensor) -> None:
        """Replace ``values`` by their sum over all processes."""
        if self.size > 1:
            dist.all_reduce(values)

    def gathered(self, own: Sequence[float], count: int) -> list[float]:
        """Return ``count`` numbers of which each process has its ``own`` part."""
        numbers = torch.zeros(count, dtype=torch.float64)
        numbers[self.rank :: self.size] = torch.tensor(own, dtype=torch.float64)
        self.add(numbers)
        return [float(number) for number in numbers]

    def add_gradients(self, weights: Sequence[Tensor]) -> None:
        """Replace the gradients of ``weights`` by their sums, in one message; weights that nobody touched have none."""
        if self.size == 1:
            return
        touched = torch.tensor([weight.grad is not None for weight in weights]).to(torch.int32)
        self.add(touched)
        shared = [weight for weight, times in zip(weights, touched.tolist(), strict=True) if times]
        if not shared:
            return
        for weight in shared:
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
        flat = torch.cat([_gradient(weight).flatten() for weight in shared])
        self.add(flat)
        for weight, part in zip(shared, torch.split(flat, [weight.numel() for weight in shared]), strict=True):
            weight.grad = part.view_as(weight)


def _gradient(weight: Tensor) -> Tensor:
    assert weight.grad is not None
    return weight.grad
