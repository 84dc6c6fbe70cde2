"""Searching a space with any strategy: from recipes and data to candidates, the best first."""

from nni.nas.space import RawFormatModelSpace

from nni_autoattend.datasets.by_modality import PreparedData, scoring_loader, training_loader
from nni_autoattend.errors import DivergedError
from nni_autoattend.recipes import SpaceRecipe, StrategyRecipe
from nni_autoattend.space.searched import SearchedSpace
from nni_autoattend.space.table import space_class
from nni_autoattend.strategy.autoattend import AutoAttend
from nni_autoattend.strategy.candidates import Candidate
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.engine import InProcessEngine
from nni_autoattend.strategy.evolution import Scored
from nni_autoattend.strategy.quiet import own_errors_untold
from nni_autoattend.strategy.second_stage import score_exports
from nni_autoattend.strategy.table import build_strategy
from nni_autoattend.strategy.trial import StandAloneTrial
from nni_autoattend.supernet.nni_bases import OneShotStrategy, Strategy
from nni_autoattend.training.checkpoint import seed_generators
from nni_autoattend.training.lightning import Classification, RunCallback, lightning_evaluator


def search_architectures(
    space: SpaceRecipe, strategy: StrategyRecipe, data: PreparedData, context: SearchContext
) -> list[Candidate]:
    """Search ``space`` with ``strategy`` on ``data``; return candidates of distinct networks, the best first.

    Raises:
        RecipeError: the strategy and its recipe's ``kind`` do not fit, or the strategy cannot search the space.
        DivergedError: training gave no finite losses.
    """
    seed_generators(context.seed)
    built = build_strategy(strategy, context.seed)
    model_space: SearchedSpace = space_class(space).from_recipe(space, data.dimensions, context.seed)
    with own_errors_untold():
        if isinstance(built, OneShotStrategy):
            return _search_supernet(model_space, built, strategy, data, context)
        trial = StandAloneTrial(space.search, data, strategy.search, context)
        return _search_trials(model_space, built, trial)


def _search_supernet(
    model: SearchedSpace, strategy: OneShotStrategy, recipe: StrategyRecipe, data: PreparedData, context: SearchContext
) -> list[Candidate]:
    search = recipe.search
    train = training_loader(data.train, search, context.seed)
    validation = scoring_loader(data.search)
    own_loop = isinstance(strategy, AutoAttend)
    evaluator = lightning_evaluator(
        Classification(search, data.metric, data.dimensions.classes),
        train,
        validation,
        [] if own_loop else [RunCallback(train, context.first_phase().deadline, context.observer, context.history)],
        None if own_loop else context.checkpoints,
    )
    if isinstance(strategy, AutoAttend):
        strategy.attach(context)
    strategy(RawFormatModelSpace.from_model(model, evaluator), InProcessEngine(deadline=context.deadline))
    if isinstance(strategy, AutoAttend):
        scored = strategy.scored if search.finalists else strategy.scored[: strategy.top_k]
    else:
        scored = score_exports(strategy, model, validation, search.samples or 1, context)
    return _candidates(model, scored)


def _search_trials(model: SearchedSpace, strategy: Strategy, trial: StandAloneTrial) -> list[Candidate]:
    trials, context = trial.search.trials, trial.context
    context.observer.start("trials", trials, deadline=context.deadline)
    engine = InProcessEngine(trials, context.deadline)
    strategy(RawFormatModelSpace.from_model(model, trial), engine)
    context.observer.finish()
    if engine.budget_available() or engine.memory.exhausted:
        asked = f"the strategy proposed nothing new after {engine.trials} of {trials} trials"
        context.notes.append(engine.memory.complaint if engine.memory.exhausted else asked)
    if engine.trials and not trial.candidates:
        raise DivergedError(f"all {engine.trials} trials diverged; try a smaller strategy.search.lr")
    return sorted(trial.candidates, key=lambda candidate: -candidate.fitness)


def _candidates(model: SearchedSpace, scored: list[Scored]) -> list[Candidate]:
    return [Candidate(model.architecture(item.sample), item.fitness) for item in scored]
