import numpy as np
import pytest

from nni_autoattend.experiment.bootstrap import PairedBootstrap
from nni_autoattend.training.metrics import score

RNG = np.random.default_rng(0)
LABELS = RNG.integers(3, size=400)


def network(accuracy: float, seed: int) -> list[int]:
    rng = np.random.default_rng(seed)
    wrong = (LABELS + rng.integers(1, 3, size=len(LABELS))) % 3
    return [int(value) for value in np.where(rng.random(len(LABELS)) < accuracy, LABELS, wrong)]


def compare(found: list[list[int]], other: list[list[int]], metric: str = "accuracy", resamples: int = 400):
    return PairedBootstrap(metric, LABELS.tolist(), 3, found, resamples=resamples).compare(other)


def test_a_clear_difference_beats_and_loses() -> None:
    better, worse = [network(0.9, 1), network(0.9, 2)], [network(0.6, 3), network(0.6, 4)]
    first, second = compare(better, worse), compare(worse, better)
    assert (first.verdict, second.verdict) == ("beats", "loses")
    assert first.low < first.difference < first.high
    assert second.difference == pytest.approx(-first.difference)


def test_equal_networks_are_equal() -> None:
    assert compare([network(0.7, 1)], [network(0.7, 2)]).verdict == "equal"
    same = compare([network(0.7, 1)], [network(0.7, 1)])
    assert (same.difference, same.low, same.high, same.verdict) == (0.0, 0.0, 0.0, "equal")


@pytest.mark.parametrize("metric", ["accuracy", "macro-f1", "balanced-accuracy"])
def test_the_difference_is_that_of_the_metric(metric: str) -> None:
    found, other = [network(0.8, 1), network(0.7, 2)], [network(0.6, 3)]
    means = [np.mean([score(metric, LABELS, seed, 3) for seed in seeds]) for seeds in (found, other)]
    assert compare(found, other, metric).difference == pytest.approx(means[0] - means[1])


def test_items_are_paired() -> None:
    """One network is wrong where the other is, and on 12 items more: unpaired, this would drown in the items' noise."""
    base = np.array(network(0.6, 1))
    other = base.copy()
    right = np.flatnonzero(base == LABELS)[:12]
    other[right] = (LABELS[right] + 1) % 3
    paired = compare([base.tolist()], [other.tolist()], resamples=1000)
    assert paired.verdict == "beats"
    spread = np.sqrt(2 * 0.6 * 0.4 / len(LABELS))  # standard deviation of a difference of unpaired accuracies
    assert paired.high - paired.low < 2 * spread


def test_seeds_widen_the_interval() -> None:
    """Seeds that disagree must count: half of the found network's seeds are bad, so it beats nothing for sure."""
    lucky = compare([network(0.95, 1)] * 2, [network(0.75, 3)] * 2)
    mixed = compare([network(0.95, 1), network(0.55, 2)], [network(0.75, 3)] * 2)
    assert lucky.verdict == "beats"
    assert mixed.high - mixed.low > 3 * (lucky.high - lucky.low)
    assert mixed.verdict == "equal"


def test_the_interval_matches_theory_on_items() -> None:
    """With one seed each: the interval of a mean of paired differences."""
    found, other = network(0.8, 1), network(0.7, 2)
    gains = (np.array(found) == LABELS).astype(float) - (np.array(other) == LABELS)
    half = 1.96 * gains.std() / np.sqrt(len(LABELS))
    result = compare([found], [other], resamples=2000)
    assert result.low == pytest.approx(gains.mean() - half, abs=0.1 * half)
    assert result.high == pytest.approx(gains.mean() + half, abs=0.1 * half)


def test_it_is_reproducible() -> None:
    found, other = [network(0.8, 1)], [network(0.7, 2)]
    assert compare(found, other) == compare(found, other)
