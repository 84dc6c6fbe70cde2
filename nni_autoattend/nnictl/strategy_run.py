"""A multi-trial strategy, NNI's or one's own, over the trials of an experiment."""

from collections.abc import Mapping
from dataclasses import replace

from nni.nas.space import SimplifiedModelSpace

from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.modality import ModalityName
from nni_autoattend.nnictl.desk import Desk
from nni_autoattend.nnictl.engine import BridgeEngine
from nni_autoattend.nnictl.ledger import Ledger
from nni_autoattend.nnictl.parameters import Order
from nni_autoattend.space.table import space_class
from nni_autoattend.strategy.quiet import own_errors_untold
from nni_autoattend.strategy.table import build_strategy
from nni_autoattend.training.checkpoint import seed_generators

_NO_DATA: dict[ModalityName, TextDimensions | GraphDimensions] = {
    "text": TextDimensions(vocabulary_size=2, embedding_width=1, classes=2),
    "graph": GraphDimensions(features=1, classes=2, multi_label=False),
}
"""The strategy samples the space; networks are built where they are trained."""


def run_strategy(
    settings: RunSettings, order: Order, desk: Desk, ledger: Ledger, recovered: Mapping[int, Order]
) -> str:
    """Run the strategy to its end and return why it ended.

    A resumed strategy, seeded, walks its sequence again: what the ledger knows is answered at once, and trials that NNI
    has started again are waited for, not started twice.

    Raises:
        RecipeError: strategy and recipe do not fit, or the strategy cannot search the space.
    """
    seed_generators(settings.seed)
    strategy = build_strategy(settings.strategy, settings.seed)
    shape = replace(settings.space.search, width=settings.space.search.heads)
    narrow = replace(settings.space, search=shape)
    space = space_class(settings.space).from_recipe(narrow, _NO_DATA[settings.space.modality], settings.seed)
    engine = BridgeEngine(desk, ledger, order)
    for number, again in recovered.items():
        engine.adopt(number, again)
    with own_errors_untold():
        strategy(SimplifiedModelSpace.from_model(space), engine)
    if engine.exhausted:
        return engine.complaint
    return "the trials are used up" if not desk.may_order else "the strategy has nothing more to propose"
