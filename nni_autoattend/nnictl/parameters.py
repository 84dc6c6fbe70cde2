"""What tuner and trial say to each other: the parameters of a trial. Plain values with readable names.

NNI's page shows them, and NNI's own tuners send the genes alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nni_autoattend.errors import ExperimentError
from nni_autoattend.genes import Sample

SUPERNET, RETRAIN = "supernet", "retrain"
_OWN = ("phase", "strategy", "settings")
BELOW_ALL = -0.01
"""Default metric of a supernet: below every score of a trained network, near enough to leave NNI's charts readable."""


def by_rank(found: Sequence[Any]) -> dict[str, Any]:
    """Return a list, as it travels in a metric: NNI's page writes each item of a list across its chart."""
    return {str(rank): item for rank, item in enumerate(found, start=1)}


@dataclass(frozen=True)
class Order:
    """What a trial shall do.

    Attributes:
        genes: NNI sample of the architecture; empty for a supernet.
        phase: ``supernet``, ``retrain``, or ``None``: one network, trained as the strategy's ``search:`` block says.
        strategy: the strategy as the tuner was told it; ``None``: a tuner of NNI's own sent this.
        settings: fingerprint of the settings that the tuner has.
    """

    genes: Sample = field(default_factory=dict)
    phase: str | None = None
    strategy: str | None = None
    settings: str | None = None

    def to_parameters(self) -> dict[str, Any]:
        """Return the parameters of the trial."""
        own = {name: getattr(self, name) for name in _OWN if getattr(self, name) is not None}
        return {**own, **self.genes}

    @classmethod
    def from_parameters(cls, parameters: object) -> "Order":
        """Read the parameters of a trial.

        Raises:
            ExperimentError: they are not of our tuner and hold no genes either.
        """
        if not isinstance(parameters, Mapping) or not parameters:
            raise ExperimentError(f"a trial needs the genes of an architecture as its parameters, found {parameters!r}")
        own = {name: parameters.get(name) for name in _OWN}
        if own["phase"] not in (None, SUPERNET, RETRAIN):
            raise ExperimentError(f"unknown phase {own['phase']!r} in the parameters; known: {SUPERNET}, {RETRAIN}")
        return cls({key: value for key, value in parameters.items() if key not in _OWN}, **own)
