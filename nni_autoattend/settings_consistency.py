"""How strongly a network is trained to say the same of an item whatever dropout takes away, as checked values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Consistency:
    """Consistency regularisation (Feng et al. 2020, "Graph Random Neural Networks", section 3.2).

    Attributes:
        weight: of its loss beside that of the labels, in the end.
        warm_up: steps over which the weight grows from nothing: views that know nothing yet agree best on one class.
        views: passes with a dropout of their own that are compared in every step; a step takes as many times longer.
        temperature: below 1 the views are drawn towards a more decided answer than their mean.
    """

    weight: float
    warm_up: int = 100
    views: int = 2
    temperature: float = 0.4

    def __post_init__(self) -> None:
        if self.weight <= 0:
            raise ValueError(f"weight must be positive, found {self.weight}; write null for no consistency")
        if self.warm_up < 0:
            raise ValueError(f"warm_up must be at least 0, found {self.warm_up}")
        if self.views < 2:
            raise ValueError(f"views must be at least 2, found {self.views}: one alone has nothing to agree with")
        if not 0 < self.temperature <= 1:
            raise ValueError(f"temperature must lie in (0, 1], found {self.temperature}")

    def weight_after(self, steps: int) -> float:
        """Return the weight in the step that comes after ``steps`` others."""
        return self.weight * min(1.0, (steps + 1) / max(1, self.warm_up))
