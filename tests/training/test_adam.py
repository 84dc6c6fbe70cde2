import subprocess
import sys
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nni_autoattend.training.adam import Adam

LR, DECAY = 0.03, 0.1


def weights() -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    return [nn.Parameter(torch.randn(size, generator=generator)) for size in ((3, 4), (5,), (2, 2))]


def take_steps(optimizer: Any, learned: list[nn.Parameter], first: int, last: int) -> None:
    """Take steps ``first`` to ``last``; the third parameter has a gradient in every other step only."""
    for number in range(first, last):
        optimizer.zero_grad()
        generator = torch.Generator().manual_seed(number)
        for weight in learned[: 2 + number % 2]:
            weight.grad = torch.randn(weight.shape, generator=generator)
        optimizer.step()


def equal(first: list[nn.Parameter], second: list[nn.Parameter]) -> bool:
    return all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


def test_every_step_is_torchs() -> None:
    own, torchs = weights(), weights()
    take_steps(Adam(own, LR, DECAY), own, 0, 5)
    take_steps(torch.optim.Adam(torchs, lr=LR, weight_decay=DECAY), torchs, 0, 5)
    assert equal(own, torchs)
    assert not equal(own, weights())


@pytest.mark.parametrize("torch_first", [False, True])
def test_either_continues_the_other(torch_first: bool) -> None:
    def make(torchs: bool, learned: list[nn.Parameter]) -> Any:
        return torch.optim.Adam(learned, lr=LR, weight_decay=DECAY) if torchs else Adam(learned, LR, DECAY)

    through, halves = weights(), weights()
    take_steps(make(torch_first, through), through, 0, 6)
    first = make(torch_first, halves)
    take_steps(first, halves, 0, 3)
    second = make(not torch_first, halves)
    second.load_state_dict(first.state_dict())
    take_steps(second, halves, 3, 6)
    assert equal(through, halves)


def test_gradients_are_dropped_and_what_has_none_rests() -> None:
    learned = weights()
    before = [weight.detach().clone() for weight in learned]
    optimizer = Adam(learned, LR, DECAY)
    learned[0].grad = torch.ones(3, 4)
    optimizer.step()
    optimizer.zero_grad()
    moved = [not torch.equal(one, other) for one, other in zip(learned, before, strict=True)]
    assert moved == [True, False, False]
    assert all(weight.grad is None for weight in learned)
    assert list(optimizer.state_dict()["state"]) == [0]
    assert isinstance(optimizer.state_dict()["state"][0]["step"], Tensor)


@pytest.mark.slow
def test_a_training_step_does_not_import_torchs_compiler() -> None:
    program = """if True:
        import sys, torch
        from nni_autoattend.settings import TrainingSettings
        from nni_autoattend.training.step import AdamStep

        network = torch.nn.Linear(3, 2)
        step = AdamStep(network, TrainingSettings(epochs=1, batch_size=4, lr=0.01, clip=1.0))
        step.take(torch.ones(4, 3), torch.zeros(4, dtype=torch.int64))
        print("torch._dynamo" in sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_penalty_is_on_the_named_weights_alone() -> None:
    own, torchs = weights(), weights()
    take_steps(Adam(own, LR, DECAY, penalised=[own[1]]), own, 0, 5)
    groups = [{"params": [torchs[1]], "weight_decay": DECAY}, {"params": [torchs[0], torchs[2]], "weight_decay": 0.0}]
    take_steps(torch.optim.Adam(groups, lr=LR), torchs, 0, 5)
    assert equal(own, torchs)


def test_it_counts_its_steps_those_before_a_kill_among_them() -> None:
    weight = torch.zeros(2, requires_grad=True)
    optimizer = Adam([weight], lr=0.1, weight_decay=0.0)
    assert optimizer.steps == 0
    for _ in range(3):
        weight.grad = torch.ones(2)
        optimizer.step()
    assert optimizer.steps == 3
    later = Adam([weight], lr=0.1, weight_decay=0.0)
    later.load_state_dict(optimizer.state_dict())
    assert later.steps == 3
