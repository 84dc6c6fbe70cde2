"""NNI's one-shot base classes, imported in the one order that works.

``nni.nas.strategy`` and ``nni.nas.oneshot`` import each other; whoever reaches the second first gets strategies that
raise on use. Every module of ours takes these names from here.
"""

# isort: off
import nni.nas.strategy  # noqa: F401  # first: see above
from nni.nas.oneshot.pytorch.strategy import OneShotStrategy
from nni.nas.oneshot.pytorch.supermodule.base import BaseSuperNetModule
# isort: on

__all__ = ["BaseSuperNetModule", "OneShotStrategy"]
