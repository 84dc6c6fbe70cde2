"""What one-shot strategies rely on in a model space: its supernet runs the very networks that it freezes to."""

from collections.abc import Callable
from random import Random
from typing import Any

import torch
from nni.nas.nn.pytorch import ModelSpace
from torch import nn

from nni_autoattend.genes import Sample
from nni_autoattend.strategy.detached_steps import set_path, supernet_modules
from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.supernet.nni_bases import BaseSuperNetModule, OneShotStrategy, RandomOneShot
from nni_autoattend.testing.requirement import brief, require


def check_supernet(
    make: Callable[[], ModelSpace],
    inputs: tuple[Any, ...] | None = None,
    draws: int = 5,
    seed: int = 0,
    strategy: Callable[[], OneShotStrategy] = RandomOneShot,
) -> None:
    """A path of the supernet gives the outputs of the network that it freezes to; exports are samples of the space.

    Args:
        make: builds the space, a new one at each call.
        inputs: arguments of ``forward``; ``None``: outputs are not compared.
        draws: paths that are tried.
        seed: of the paths.
        strategy: a strategy that runs one path at a time; it makes the supernet.

    Raises:
        AssertionError: a promise is broken.
    """
    space, bare = make(), make()
    samples, rng = SampleSpace(space), Random(seed)
    paths = [samples.random(rng) for _ in range(draws)]
    supernet = strategy().mutate_model(space)
    modules = supernet_modules(supernet)
    require(modules, "the strategy found nothing to turn into a supernet: define extra_oneshot_hooks(strategy)")
    for path in paths:
        if inputs is not None:
            _compare(supernet, modules, path, inputs)
        exported = _export(modules)
        require(bare.contains(exported), f"the supernet exports what is no sample of the space: {brief(exported)}")
        bare.freeze(exported)


@torch.no_grad()
def _compare(supernet: nn.Module, modules: list[BaseSuperNetModule], path: Sample, inputs: tuple[Any, ...]) -> None:
    set_path(modules, path)
    ran = supernet.eval()(*inputs)
    frozen = supernet.freeze(path).eval()(*inputs)  # type: ignore[operator]  # a supernet is still a space
    try:
        torch.testing.assert_close(ran, frozen, rtol=1e-4, atol=1e-5)
    except AssertionError as error:
        line = f"supernet path and frozen network differ ({brief(error)}): {brief(path)}"
        raise AssertionError(line) from None


def _export(modules: list[BaseSuperNetModule]) -> Sample:
    """Return a proposal, by NNI's own ``export(memo)``."""
    proposal: Sample = {}
    for module in modules:
        proposal.update(module.export(memo=proposal))
    return proposal
