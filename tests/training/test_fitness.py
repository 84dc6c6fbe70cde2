import math

import pytest

from nni_autoattend.settings import BestBy
from nni_autoattend.training.fitness import fitness_name, fitness_of


def test_a_score_is_its_own_fitness():
    assert fitness_of(0.75, math.nan, "score") == 0.75
    assert fitness_name("macro-f1", "score") == "macro-f1"


def test_a_loss_counts_as_the_mean_probability_of_the_true_labels():
    probabilities = [0.9, 0.4, 0.5]
    loss = -sum(math.log(probability) for probability in probabilities) / 3
    assert fitness_of(0.1, loss, "loss") == pytest.approx((0.9 * 0.4 * 0.5) ** (1 / 3))
    assert fitness_of(0.1, 1.0, "loss") > fitness_of(0.9, 2.0, "loss")
    assert fitness_name("accuracy", "loss") == "likelihood"


def test_of_both_the_geometric_mean_counts():
    assert fitness_of(0.8, -math.log(0.2), "both") == pytest.approx(0.4)
    assert fitness_of(0.8, 0.5, "both") > fitness_of(0.7, 0.5, "both") > fitness_of(0.7, 0.6, "both")
    assert fitness_name("accuracy", "both") == "accuracy and likelihood"


@pytest.mark.parametrize("best", ["loss", "both"])
@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_is_the_least(loss: float, best: BestBy):
    assert fitness_of(1.0, loss, best) == 0.0
