"""Optimiser steps on the parameters that a step touched, out of very many."""

import math

import torch
from torch import Tensor, nn


class TouchedSteps:
    """Clips and steps the parameters that have gradients.

    A path touches some 3,000 of a supernet's 36,000 tensors. The others rest, momentum included: their moments neither
    decay nor move them, and a parameter's bias correction counts its own steps alone (Adam does so for parameters
    without gradients). The released code of 2021 kept the momentum of untouched weights moving.

    Attributes:
        weights: all, touched or not, in the optimiser's order.

    Args:
        optimizer: any optimiser; its own step does the work, shown the touched parameters only.
        clip: largest global norm of the gradients (0: no clipping).
    """

    def __init__(self, optimizer: torch.optim.Optimizer, clip: float) -> None:
        self.optimizer, self.largest_norm = optimizer, clip or math.inf  # infinity: measured, not clipped
        self._all = [list(group["params"]) for group in optimizer.param_groups]
        self.weights = [weight for group in self._all for weight in group]

    def take(self) -> bool:
        """Step and drop the gradients; without a step where the gradients are not all finite, and tell."""
        touched = [[weight for weight in group if weight.grad is not None] for group in self._all]
        gradients = [weight for group in touched for weight in group]
        finite = bool(nn.utils.clip_grad_norm_(gradients, self.largest_norm, foreach=True).isfinite())
        if finite:
            self._step(touched)
        for weight in gradients:
            weight.grad = None
        return finite

    def _step(self, touched: list[list[Tensor]]) -> None:
        groups = self.optimizer.param_groups
        try:
            for group, weights in zip(groups, touched, strict=True):
                group["params"] = weights
            self.optimizer.step()
        finally:
            for group, weights in zip(groups, self._all, strict=True):
                group["params"] = weights
