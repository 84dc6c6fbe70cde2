"""What a search finds."""

from dataclasses import dataclass

from nni_autoattend.architecture import Architecture


@dataclass(frozen=True)
class Candidate:
    """An architecture and its fitness on the search half of validation (larger is better)."""

    architecture: Architecture
    fitness: float
