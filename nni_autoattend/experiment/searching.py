"""A whole search: the strategy's own, then what it trains alone of what a supernet hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nni_autoattend.experiment.finalists import rank_finalists
from nni_autoattend.experiment.simplification import simplify

if TYPE_CHECKING:
    from nni_autoattend.datasets.by_modality import PreparedData
    from nni_autoattend.experiment.run_settings import RunSettings
    from nni_autoattend.strategy.candidates import Candidate
    from nni_autoattend.strategy.context import SearchContext


def search_candidates(settings: RunSettings, data: PreparedData, context: SearchContext) -> list[Candidate]:
    """Search as ``settings`` say, finalists and simplification included; return distinct networks, the chosen first.

    Raises:
        AutoAttendError: see ``search_architectures``.
    """
    from nni_autoattend.strategy.search import search_architectures

    found = search_architectures(settings.space, settings.strategy, data, context)
    alone, others = rank_finalists(found, settings, data, context)
    return simplify(alone, settings, data, context) + others
