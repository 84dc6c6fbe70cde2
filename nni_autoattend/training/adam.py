"""Adam, computed by torch's own function. Torch's class imports torch's compiler: three seconds in every process."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim.adam import adam

_BETAS, _EPSILON = (0.9, 0.999), 1e-8
_MOMENTS = ("exp_avg", "exp_avg_sq")


class Adam:
    """Adam (Kingma and Ba, ICLR 2015) with an L2 penalty: step for step what ``torch.optim.Adam`` does.

    A parameter without a gradient rests, its moments and its step count too. The state is in torch's format: each of
    the two reads the other's.

    Args:
        weights: parameters to learn.
        lr: learning rate.
        weight_decay: L2 penalty, added to the gradients.
        penalised: which of ``weights`` it is for; ``None``: all.
    """

    def __init__(
        self, weights: Iterable[Tensor], lr: float, weight_decay: float, penalised: Iterable[Tensor] | None = None
    ) -> None:
        self.weights, self.lr, self.weight_decay = list(weights), lr, weight_decay
        self._penalised = None if penalised is None else {id(weight) for weight in penalised}
        self._state: dict[int, dict[str, Tensor]] = {}

    @property
    def steps(self) -> int:
        """How many have been taken, those before ``load_state_dict`` among them."""
        return int(max((state["step"].item() for state in self._state.values()), default=0.0))

    def zero_grad(self) -> None:
        """Drop all gradients."""
        for weight in self.weights:
            weight.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Change every parameter that has a gradient."""
        moving = [(number, weight) for number, weight in enumerate(self.weights) if weight.grad is not None]
        if self._penalised is None:
            self._move(moving, self.weight_decay)
            return
        self._move([pair for pair in moving if id(pair[1]) in self._penalised], self.weight_decay)
        self._move([pair for pair in moving if id(pair[1]) not in self._penalised], 0.0)

    def _move(self, moving: Sequence[tuple[int, Tensor]], weight_decay: float) -> None:
        states = [self._state_of(number) for number, _ in moving]
        adam(
            [weight for _, weight in moving],
            [weight.grad for _, weight in moving],  # type: ignore[misc]  # they have one
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [],
            [state["step"] for state in states],
            amsgrad=False,
            beta1=_BETAS[0],
            beta2=_BETAS[1],
            lr=self.lr,
            weight_decay=weight_decay,
            eps=_EPSILON,
            maximize=False,
        )

    def state_dict(self) -> dict[str, Any]:
        """Return the state by number of the parameter, in torch's format."""
        group = {
            "lr": self.lr,
            "betas": _BETAS,
            "eps": _EPSILON,
            "weight_decay": self.weight_decay,
            "params": list(range(len(self.weights))),
        }
        return {"state": dict(self._state), "param_groups": [group]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a state; learning rate and penalty stay this object's."""
        self._state = {
            number: {"step": kept["step"], **{name: kept[name].to(self.weights[number].device) for name in _MOMENTS}}
            for number, kept in state["state"].items()
        }

    def _state_of(self, number: int) -> dict[str, Tensor]:
        if number not in self._state:
            moments = {name: torch.zeros_like(self.weights[number]) for name in _MOMENTS}
            self._state[number] = {"step": torch.tensor(0.0), **moments}
        return self._state[number]
