"""Searching a text space with any strategy: from recipes and data to candidates, the best first."""

from nni.nas.space import RawFormatModelSpace

from nni_autoattend.datasets.batches import TextLoader
from nni_autoattend.datasets.prepare import TextData
from nni_autoattend.errors import DivergedError
from nni_autoattend.recipes import SpaceRecipe, StrategyRecipe
from nni_autoattend.space.table import space_class
from nni_autoattend.space.text import TextSpace
from nni_autoattend.strategy.autoattend import AutoAttend
from nni_autoattend.strategy.candidates import Candidate
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.engine import InProcessEngine
from nni_autoattend.strategy.evolution import Scored
from nni_autoattend.strategy.quiet import own_errors_untold
from nni_autoattend.strategy.second_stage import score_exports
from nni_autoattend.strategy.table import build_strategy
from nni_autoattend.strategy.trial import TextTrial
from nni_autoattend.supernet.nni_bases import OneShotStrategy, Strategy
from nni_autoattend.training.checkpoint import seed_generators
from nni_autoattend.training.lightning import RunCallback, TextClassification, text_evaluator

TOKENS_TO_EVALUATE = 4096
"""Tokens of a batch that is only scored."""


def search_architectures(
    space: SpaceRecipe, strategy: StrategyRecipe, data: TextData, context: SearchContext
) -> list[Candidate]:
    """Search ``space`` with ``strategy`` on ``data``; return candidates of distinct networks, the best first.

    Raises:
        RecipeError: the strategy and its recipe's ``kind`` do not fit, or the strategy cannot search the space.
        DivergedError: training gave no finite losses.
    """
    seed_generators(context.seed)
    built = build_strategy(strategy, context.seed)
    model_space: TextSpace = space_class(space).from_recipe(space, data.dimensions, context.seed)
    with own_errors_untold():
        if isinstance(built, OneShotStrategy):
            return _search_supernet(model_space, built, strategy, data, context)
        trial = TextTrial(space.search, data, strategy.search, context)
        return _search_trials(model_space, built, trial)


def _search_supernet(
    model: TextSpace, strategy: OneShotStrategy, recipe: StrategyRecipe, data: TextData, context: SearchContext
) -> list[Candidate]:
    search = recipe.search
    train = TextLoader(data.train, search.batch_size, shuffle=True, pool=search.bucket_pool, seed=context.seed)
    validation = TextLoader(data.search, shuffle=False, tokens=TOKENS_TO_EVALUATE)
    own_loop = isinstance(strategy, AutoAttend)
    evaluator = text_evaluator(
        TextClassification(search, data.metric, data.dimensions.classes),
        train,
        validation,
        [] if own_loop else [RunCallback(train, context.first_phase().deadline, context.observer, context.history)],
        None if own_loop else context.checkpoints,
    )
    if isinstance(strategy, AutoAttend):
        strategy.attach(context)
    strategy(RawFormatModelSpace.from_model(model, evaluator), InProcessEngine(deadline=context.deadline))
    if isinstance(strategy, AutoAttend):
        scored = strategy.scored[: strategy.top_k]
    else:
        scored = score_exports(strategy, model, validation, recipe.search.samples or 1, context)
    return _candidates(model, scored)


def _search_trials(model: TextSpace, strategy: Strategy, trial: TextTrial) -> list[Candidate]:
    trials, context = trial.search.trials, trial.context
    context.observer.start("trials", trials)
    engine = InProcessEngine(trials, context.deadline)
    strategy(RawFormatModelSpace.from_model(model, trial), engine)
    context.observer.finish()
    if engine.budget_available() or engine.memory.exhausted:
        asked = f"the strategy proposed nothing new after {engine.trials} of {trials} trials"
        context.notes.append(engine.memory.complaint if engine.memory.exhausted else asked)
    if engine.trials and not trial.candidates:
        raise DivergedError(f"all {engine.trials} trials diverged; try a smaller strategy.search.lr")
    return sorted(trial.candidates, key=lambda candidate: -candidate.fitness)


def _candidates(model: TextSpace, scored: list[Scored]) -> list[Candidate]:
    return [Candidate(model.architecture(item.sample), item.fitness) for item in scored]
