"""What a search maximises on its half of validation."""

import math

from nni_autoattend.settings import BestBy

LIKELIHOOD = "likelihood"


def fitness_of(score: float, loss: float, best: BestBy) -> float:
    """Return the score; where the loss decides, exp(-loss): the geometric mean of the true labels' probabilities.

    Both lie between 0 and 1 and larger is better; a loss that is not a number is 0. A few hundred items tell networks
    apart by their loss that have the same score.
    """
    if best == "score":
        return score
    return 0.0 if math.isnan(loss) else math.exp(-loss)


def fitness_name(metric: str, best: BestBy) -> str:
    """Return what a reader knows it by."""
    return metric if best == "score" else LIKELIHOOD
