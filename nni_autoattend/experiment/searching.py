"""A whole search: the strategy's own, then what it trains alone of what a supernet hands over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nni_autoattend.experiment.finalists import rank_finalists, trains_finalists
from nni_autoattend.experiment.simplification import simplify

if TYPE_CHECKING:
    from nni_autoattend.budget import Deadline
    from nni_autoattend.datasets.by_modality import PreparedData
    from nni_autoattend.experiment.run_settings import RunSettings
    from nni_autoattend.recipes import StrategyRecipe
    from nni_autoattend.strategy.candidates import Candidate
    from nni_autoattend.strategy.context import SearchContext

STRATEGY_SHARE = 0.6
"""Part of a search's time that the strategy itself has where finalists come after it; they need several trainings."""


def search_candidates(settings: RunSettings, data: PreparedData, context: SearchContext) -> list[Candidate]:
    """Search as ``settings`` say, finalists and simplification included; return distinct networks, the chosen first.

    Raises:
        AutoAttendError: see ``search_architectures``.
    """
    from nni_autoattend.strategy.search import search_architectures

    own = replace(context, deadline=strategy_deadline(context.deadline, settings.strategy))
    found = search_architectures(settings.space, settings.strategy, data, own)
    alone, others = rank_finalists(found, settings, data, context)
    return simplify(alone, settings, data, context) + others


def strategy_deadline(search: Deadline, strategy: StrategyRecipe) -> Deadline:
    """Return when ``strategy`` itself must end, in a search that must end at ``search``."""
    return search.share(STRATEGY_SHARE) if trains_finalists(strategy) else search
