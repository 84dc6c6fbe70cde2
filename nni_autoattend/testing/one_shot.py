"""Checks of one-shot strategies, on a supernet of some hundred weights."""

from collections.abc import Callable

from nni.nas.evaluator.pytorch.lightning import Lightning
from nni.nas.nn.pytorch import ModelSpace
from nni.nas.space import RawFormatModelSpace
from torch import nn

from nni_autoattend.genes import Sample
from nni_autoattend.strategy.engine import InProcessEngine
from nni_autoattend.supernet.nni_bases import OneShotStrategy
from nni_autoattend.testing.requirement import brief, require
from nni_autoattend.testing.toy_space import ToySpace, toy_evaluator
from nni_autoattend.training.checkpoint import seed_generators
from nni_autoattend.training.lightning import quiet_lightning

MakeStrategy = Callable[[int], OneShotStrategy]
MakeSpace = Callable[[], ModelSpace]
MakeEvaluator = Callable[[], Lightning]


def check_search(make: MakeStrategy, space: MakeSpace = ToySpace, evaluator: MakeEvaluator = toy_evaluator) -> None:
    """The strategy trains a supernet and exports a sample of the space, which freezes to a network without choices."""
    sample = _found(make(0), space, evaluator)
    bare = space()
    require(bare.contains(sample), f"the strategy exports what is no sample of the space: {brief(sample)}")
    network = bare.freeze(sample)
    require(isinstance(network, nn.Module), f"the exported sample freezes to {brief(network)}, not to a module")


def check_same_search(
    make: MakeStrategy, space: MakeSpace = ToySpace, evaluator: MakeEvaluator = toy_evaluator
) -> None:
    """One seed, the global generators seeded alike, gives one exported sample."""
    first, second = (_found(make(3), space, evaluator) for _ in range(2))
    apart = [label for label in first if second.get(label) != first[label]]
    require(not apart, f"two searches with one seed export other values of {brief(apart)}")


def _found(strategy: OneShotStrategy, space: MakeSpace, evaluator: MakeEvaluator) -> Sample:
    quiet_lightning()
    seed_generators(3)
    strategy(RawFormatModelSpace.from_model(space(), evaluator()), InProcessEngine())
    best = next(iter(strategy.list_models(limit=1)), None)
    require(best is not None, "list_models() lists nothing after a search")
    sample: Sample = best.sample  # type: ignore[union-attr]  # required above
    return sample
