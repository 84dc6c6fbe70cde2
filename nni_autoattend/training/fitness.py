"""What a search maximises on its half of validation."""

import math

from nni_autoattend.settings import BestBy

LIKELIHOOD = "likelihood"


def fitness_of(score: float, loss: float, best: BestBy) -> float:
    """Return what makes a network or an epoch the best; between 0 and 1, larger is better.

    ``score`` is the score, ``loss`` the likelihood exp(-loss), the geometric mean of the true labels' probabilities;
    ``both`` the geometric mean of score and likelihood. A few hundred items tell networks apart by their (calibrated)
    loss that have the same score, but it is the score that a user wants. A loss that is not a number counts 0.
    """
    if best == "score":
        return score
    likelihood = 0.0 if math.isnan(loss) else math.exp(-loss)
    return likelihood if best == "loss" else math.sqrt(max(score, 0.0) * likelihood)


def fitness_name(metric: str, best: BestBy) -> str:
    """Return what a reader knows it by."""
    return {"score": metric, "loss": LIKELIHOOD, "both": f"{metric} and {LIKELIHOOD}"}[best]
