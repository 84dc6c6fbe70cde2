"""NNI's strategies and one-shot base classes, imported quietly and in the one order that works.

``nni.nas.strategy`` and ``nni.nas.oneshot`` import each other; whoever reaches the second first gets strategies that
raise on use. The first also imports gym, which greets everybody with a notice that it is unmaintained. Every module of
ours takes these names from here.
"""

# isort: off
from gym_notices.notices import notices as _notices  # type: ignore[import-untyped]

_notices.clear()  # what gym would print when it is imported

from nni.nas.strategy import (  # noqa: E402
    DARTS as NniDarts,  # noqa: N811  # the name of an algorithm
    ENAS as NniEnas,  # noqa: N811
    TPE as NniTpe,  # noqa: N811
    GumbelDARTS as NniGumbelDarts,
    PolicyBasedRL,
    Proxyless as NniProxyless,
    RandomOneShot,
)
from nni.nas.strategy.base import Strategy  # noqa: E402
from nni.nas.oneshot.pytorch.differentiable import DartsLightningModule, GumbelDartsLightningModule  # noqa: E402
from nni.nas.oneshot.pytorch.strategy import OneShotStrategy  # noqa: E402
from nni.nas.oneshot.pytorch.supermodule.base import BaseSuperNetModule  # noqa: E402
from nni.nas.oneshot.pytorch.supermodule.differentiable import GumbelSoftmax  # noqa: E402
# isort: on

__all__ = [
    "BaseSuperNetModule",
    "DartsLightningModule",
    "GumbelDartsLightningModule",
    "GumbelSoftmax",
    "NniDarts",
    "NniEnas",
    "NniGumbelDarts",
    "NniProxyless",
    "NniTpe",
    "OneShotStrategy",
    "PolicyBasedRL",
    "RandomOneShot",
    "Strategy",
]
