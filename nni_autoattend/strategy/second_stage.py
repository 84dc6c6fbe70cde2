"""The second stage of strategies that train a supernet but pick no winner.

NNI's RandomOneShot exports an arbitrary architecture; its documentation asks for another search on the trained
supernet. Here: ``count`` distinct exported samples are scored on it, so ENAS proposes with its controller and
RandomOneShot draws uniformly. DARTS and its kin export one sample, which is scored as the single path that it is.
"""

from typing import Any

from nni.nas.nn.pytorch import ModelSpace

from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.detached_steps import DetachedSteps
from nni_autoattend.strategy.evolution import Scored
from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.strategy.supernet_fitness import SupernetFitness
from nni_autoattend.supernet.nni_bases import OneShotStrategy


def score_exports(
    strategy: OneShotStrategy, model: ModelSpace, loader: Any, count: int, context: SearchContext
) -> list[Scored]:
    """Score up to ``count`` distinct samples that the finished ``strategy`` exports; the best come first.

    Args:
        strategy: a one-shot strategy whose experiment has run.
        model: its supernet.
        loader: validation batches.
        count: samples; fewer where a controller keeps proposing the same networks or the time is up.
        context: journal, deadline, observer.
    """
    module = strategy.oneshot_module
    module.training_module.set_model(model)
    samples = SampleSpace(model)
    steps = DetachedSteps(module.training_module)
    fitness = SupernetFitness(steps, samples, loader, context)
    context.observer.start("second stage", count, deadline=context.deadline)
    scored: dict[Any, Scored] = {}
    while len(scored) < count:
        sample = samples.unseen(module.export, set(scored))
        value = None if sample is None else next(fitness([sample]), None)
        if sample is None or value is None:
            break
        scored[samples.key(sample)] = Scored(sample, value)
    context.observer.finish()
    return sorted(scored.values(), key=lambda item: -item.fitness)
