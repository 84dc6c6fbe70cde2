"""What strategies rely on in a model space, to be run on your own.

::

    from nni_autoattend.testing.spaces import check_space

    def test_my_space():
        check_space(lambda: MySpace(layers=2), inputs=(torch.zeros(4, 8),))

A broken promise is an ``AssertionError`` of one line. ``pytest_suites`` has the checks as single tests.
"""

import sys
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

from nni.nas.nn.pytorch import ModelSpace
from nni.nas.space import SimplifiedModelSpace
from torch import nn

from nni_autoattend.genes import Sample
from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.testing.requirement import brief, require
from nni_autoattend.testing.supernets import check_supernet

MakeSpace = Callable[[], ModelSpace]


def check_space(make: MakeSpace, inputs: tuple[Any, ...] | None = None, draws: int = 5, seed: int = 0) -> None:
    """Run every check of a space.

    Args:
        make: builds the space, a new one at each call (the class itself, if it takes no arguments).
        inputs: arguments of ``forward``; ``None``: no forward pass is tried.
        draws: samples that each check looks at.
        seed: of the samples.

    Raises:
        AssertionError: a promise is broken; the message says which one and what to do.
    """
    check_labels(make)
    check_importable(make)
    check_samples(make, draws, seed)
    check_freeze(make, inputs, draws, seed)
    check_canonical(make, draws, seed)
    check_mutate(make, draws, seed)
    check_rebuilt(make, draws, seed)
    check_supernet(make, inputs, draws, seed)


def check_labels(make: MakeSpace) -> None:
    """Labels exist, hold no ``/`` (NNI keeps it for scopes), and are the same in every space that is built."""
    first, second = (list(SampleSpace(make()).grid()) for _ in range(2))
    require(first, "the space has no labels: nothing in it is searched")
    bad = [label for label in first if "/" in label]
    require(not bad, f"labels may not contain '/': {brief(bad)}; name them yourself (label='...')")
    require(first == second, f"two spaces of one kind have other labels: {brief(set(first) ^ set(second))}; name them")


def check_importable(make: MakeSpace) -> None:
    """The class lies in a module: NNI's trials and ``class: my_pkg.mod:MySpace`` import it by name."""
    kind = type(make())
    require(kind.__module__ != "__main__", f"{kind.__name__} is defined in __main__: put it into a module")
    found: Any = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    require(found is not None, f"{kind.__qualname__} cannot be imported from {kind.__module__}: define it at its top")


def check_samples(make: MakeSpace, draws: int = 5, seed: int = 0) -> None:
    """Drawn samples are of the space, a sample that lacks a label is not, and one seed gives the same samples."""
    space = make()
    samples = _draw(space, draws, seed)
    require(samples == _draw(make(), draws, seed), "the same seed gave other samples in a second space")
    for sample in samples:
        require(space.contains(sample), f"the space does not contain a sample of its own: {brief(sample)}")
        label = next(iter(sample))
        rest = {name: value for name, value in sample.items() if name != label}
        require(not space.contains(rest), f"contains() accepts a sample without the label {label!r}")


def check_freeze(make: MakeSpace, inputs: tuple[Any, ...] | None = None, draws: int = 5, seed: int = 0) -> None:
    """``freeze`` gives a network without choices, leaves the sample alone, and the network runs on ``inputs``."""
    space = make()
    for sample in _draw(space, draws, seed):
        before = deepcopy(sample)
        network = space.freeze(sample)
        require(sample == before, "freeze() changes the sample that it was given")
        require(isinstance(network, nn.Module), f"freeze() returned {brief(network)}, not a module")
        left = list(getattr(network, "simplify", dict)())
        require(not left, f"a frozen network still has choices: {brief(left)}")
        if inputs is not None:
            network.eval()(*inputs)


def check_canonical(make: MakeSpace, draws: int = 5, seed: int = 0) -> None:
    """``canonical(sample)``, where it is defined, is stable, hashable, and equal for equally large networks only."""
    space = make()
    canonical = getattr(space, "canonical", None)
    if canonical is None:
        return
    for sample in _draw(space, draws, seed):
        key = canonical(sample)
        hash(key)
        require(key == make().canonical(dict(sample)), f"canonical() of one sample differs: {brief(sample)}")
        size = _shapes(space.freeze(sample))
        for neighbour in _neighbours(space, sample, seed):
            if canonical(neighbour) == key:
                same = _shapes(space.freeze(neighbour)) == size
                require(
                    same,
                    f"canonical() calls two networks of other weights one: {brief(_difference(sample, neighbour))}",
                )


def check_mutate(make: MakeSpace, draws: int = 5, seed: int = 0) -> None:
    """``mutate(sample, rate, rng)``, where defined, stays in the space, obeys its generator and changes no parent."""
    space = make()
    mutate = getattr(space, "mutate", None)
    if mutate is None:
        return
    samples = SampleSpace(space)
    for number, sample in enumerate(_draw(space, draws, seed)):
        before = deepcopy(sample)
        mutants = [mutate(sample, 0.5, Random(number)) for _ in range(2)]
        require(sample == before, "mutate() changes the sample that it was given")
        require(mutants[0] == mutants[1], "mutate() gave two mutants for one seed: draw from the rng that it is given")
        require(space.contains(mutants[0]), f"a mutant is not of the space: {brief(mutants[0])}")
        same = samples.key(mutate(sample, 0.0, Random(number))) == samples.key(sample)
        require(same, "mutate() with rate 0 changes the network")


def check_rebuilt(make: MakeSpace, draws: int = 5, seed: int = 0) -> None:
    """NNI's simplified form, which keeps class and arguments only, builds the same network for a sample."""
    space = make()
    simplified = SimplifiedModelSpace.from_model(space)
    for sample in _draw(space, draws, seed):
        rebuilt = simplified.freeze(sample).executable_model()
        same = _shapes(rebuilt) == _shapes(space.freeze(sample))
        require(same, f"built anew by NNI, a sample gives a network with other weights: {brief(sample)}")


def _draw(space: ModelSpace, draws: int, seed: int) -> list[Sample]:
    samples, rng = SampleSpace(space), Random(seed)
    return [samples.random(rng) for _ in range(draws)]


def _neighbours(space: ModelSpace, sample: Sample, seed: int) -> list[Sample]:
    """Return samples that differ from ``sample`` in one label each."""
    other = _draw(space, 1, seed + 1)[0]
    found = [{**sample, label: other[label]} for label in sample if other[label] != sample[label]]
    return [neighbour for neighbour in found if space.contains(neighbour)]


def _difference(one: Sample, other: Sample) -> Sample:
    return {label: (one[label], other[label]) for label in one if one[label] != other[label]}


def _shapes(network: nn.Module) -> list[tuple[int, ...]]:
    return sorted(tuple(weight.shape) for weight in network.parameters())
