"""Evolution: the best of all evaluated get one unseen mutant each; the walk depends on seed and fitness alone."""

import pytest
from nni.mutable import Categorical, MutableDict

from nni_autoattend.strategy.evolution import Evolution
from nni_autoattend.strategy.sample_space import SampleSpace

LABELS = [f"gene{i}" for i in range(8)]


@pytest.fixture
def samples():
    return SampleSpace(MutableDict({name: Categorical(range(5), label=name) for name in LABELS}))


def total(sample):
    return float(sum(sample.values()))


def totals(samples):
    return [total(sample) for sample in samples]


def make(samples, seed=0, **changes):
    settings = {"population": 20, "rounds": 6, "parents": 5, "mutation": 0.2} | changes
    return Evolution(samples, seed=seed, **settings)


def test_counts_order_and_distinctness(samples):
    evolution = make(samples)
    scored = evolution.run(totals)
    assert len(scored) == evolution.evaluations == 20 + 6 * 5
    assert [item.fitness for item in scored] == sorted((item.fitness for item in scored), reverse=True)
    assert len({str(item.sample) for item in scored}) == 50


def test_mutants_descend_from_the_best_of_all_evaluated(samples):
    evolution = make(samples, mutation=0.05, rounds=1)
    order = []
    evolution.run(lambda samples: (order.extend(samples), totals(samples))[1])
    parents = sorted(order[:20], key=total, reverse=True)[:5]
    for parent, child in zip(parents, order[20:], strict=True):
        assert 0 < sum(parent[name] != child[name] for name in LABELS) <= 3


def test_it_climbs_further_than_random_draws(samples):
    best = [make(samples, seed).run(totals)[0].fitness for seed in range(5)]
    uniform = [make(samples, seed, population=50, rounds=0).run(totals)[0].fitness for seed in range(5)]
    assert sum(best) > sum(uniform)


def test_same_seed_and_fitness_same_walk(samples):
    walks = [[item.sample for item in make(samples, seed).run(totals)] for seed in (1, 1, 2)]
    assert walks[0] == walks[1] != walks[2]


@pytest.mark.parametrize("time", [7, 23])
def test_fewer_fitnesses_end_it_with_what_was_scored(samples, time):
    left = iter(range(time))
    scored = make(samples).run(lambda samples: [value for value, _ in zip(totals(samples), left, strict=False)])
    assert len(scored) == time


def test_all_samples_that_do_not_wait_for_each_other_are_asked_for_together(samples):
    asked = []
    make(samples).run(lambda samples: (asked.append(len(samples)), totals(samples))[1])
    assert asked == [20] + 6 * [5]


def test_a_space_smaller_than_the_population_is_exhausted():
    tiny = SampleSpace(MutableDict({"x": Categorical([0, 1], label="x"), "y": Categorical([0, 1], label="y")}))
    assert len(make(tiny).run(totals)) == 4
