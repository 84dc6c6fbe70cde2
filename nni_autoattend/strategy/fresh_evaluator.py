"""A Lightning evaluator serves one training: its Trainer counts epochs and its callbacks remember.

NNI's sequential engine hands the same evaluator to every model, so that only the first is trained and the second ends
in a ``KeyError`` of its metric.
"""

from copy import deepcopy

from nni.nas.evaluator import Evaluator, FrozenEvaluator
from nni.nas.evaluator.pytorch.lightning import Lightning


def fresh_evaluator(evaluator: Evaluator | None) -> Evaluator | None:
    """Return a copy of a Lightning evaluator with a Trainer, module and callbacks of its own; others as they are.

    The loaders, and the data in them, are shared.
    """
    built = evaluator.get() if isinstance(evaluator, FrozenEvaluator) else evaluator
    if not isinstance(built, Lightning):
        return evaluator
    shared = (built.train_dataloaders, built.val_dataloaders, built.datamodule)
    return deepcopy(built, {id(loader): loader for loader in shared if loader is not None})
