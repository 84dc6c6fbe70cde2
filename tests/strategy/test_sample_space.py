"""SampleSpace: what a space may know (canonical, mutate) and what is done without it."""

import json
from collections import Counter
from random import Random

import pytest
from nni.mutable import Categorical, MutableDict, Numerical
from nni.nas.evaluator import FunctionalEvaluator
from nni.nas.nn.pytorch import ModelSpace
from nni.nas.space import RawFormatModelSpace, SimplifiedModelSpace

from nni_autoattend.strategy.sample_space import SampleSpace


def flat():
    return MutableDict({name: Categorical([0, 1, 2], label=name) for name in ("a", "b")})


class Knowing(MutableDict):
    """Only ``a`` matters."""

    def canonical(self, sample):
        return sample["a"]

    def mutate(self, sample, rate, rng):
        return {"a": (sample["a"] + 1) % 3, "b": 0}


def test_uniform_draws():
    space, rng = SampleSpace(flat()), Random(0)
    counts = Counter(space.random(rng)["a"] for _ in range(3000))
    assert all(900 < count < 1100 for count in counts.values())


def test_other_mutables_are_drawn_from_the_same_generator():
    space = SampleSpace(MutableDict({"x": Numerical(0.0, 1.0, label="x")}))
    draws = [space.random(Random(seed))["x"] for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


def test_without_canonical_samples_differ_label_by_label():
    space = SampleSpace(flat())
    assert space.key({"a": 0, "b": 1}) == space.key({"b": 1, "a": 0, "other": 5}) != space.key({"a": 1, "b": 1})


def test_a_spaces_own_canonical_and_mutate_are_used():
    space = SampleSpace(Knowing({name: Categorical([0, 1, 2], label=name) for name in ("a", "b")}))
    assert space.key({"a": 1, "b": 0}) == space.key({"a": 1, "b": 2})
    assert space.mutate({"a": 2, "b": 1}, 0.0, Random(0)) == {"a": 0, "b": 0}
    assert len(space.distinct(5, Random(0))) == 3


def test_mutation_rate_without_the_spaces_help():
    space, rng = SampleSpace(flat()), Random(0)
    parent = {"a": 0, "b": 0}
    assert space.mutate(parent, 0.0, rng) == parent
    changed = sum(space.mutate(parent, 0.3, rng)["a"] != 0 for _ in range(3000))
    assert 500 < changed < 700  # 0.3 * 2/3: a fresh draw may fall on the old value


def test_unseen_gives_up_where_there_is_nothing_left():
    space, rng = SampleSpace(flat()), Random(0)
    everything = {space.key({"a": a, "b": b}) for a in range(3) for b in range(3)}
    assert space.unseen(lambda: space.random(rng), everything) is None


def test_text_keys_are_json():
    assert json.loads(SampleSpace(flat()).text_key({"a": 1, "b": 2}))


def test_impossible_constraints_are_told():
    class Nothing(MutableDict):
        def contains(self, sample):
            return False

    with pytest.raises(RuntimeError, match="constraints"):
        SampleSpace(Nothing({"a": Categorical([0, 1], label="a")})).random(Random(0))


class KnowingSpace(ModelSpace):
    """Only ``a`` matters, and it mutates by one step."""

    def __init__(self):
        super().__init__()
        for name in ("a", "b"):
            self.add_mutable(Categorical([0, 1, 2], label=name))

    def canonical(self, sample):
        return sample["a"]

    def mutate(self, sample, rate, rng):
        return {**sample, "a": (sample["a"] + 1) % 3}


@pytest.mark.parametrize("form", [RawFormatModelSpace, SimplifiedModelSpace])
def test_what_a_space_knows_is_found_in_nnis_forms_of_it(form):
    evaluator = FunctionalEvaluator(print, lr=Categorical([0.1, 0.2], label="lr"))
    alone, searched = (
        SampleSpace(form.from_model(KnowingSpace())),
        SampleSpace(form.from_model(KnowingSpace(), evaluator)),
    )
    one, other = {"a": 1, "b": 0, "lr": 0.1}, {"a": 1, "b": 2, "lr": 0.1}
    assert alone.key(one) == alone.key(other)
    assert searched.key(one) == searched.key(other) != searched.key({**one, "lr": 0.2})
    assert searched.mutate(one, 0.0, Random(0)) == {"a": 2, "b": 0, "lr": 0.1}
    assert {searched.mutate(one, 1.0, Random(seed))["lr"] for seed in range(20)} == {0.1, 0.2}


def test_the_grid_lists_all_values_and_refines_numbers():
    space = SampleSpace(MutableDict({"x": Numerical(0.0, 1.0, label="x"), "a": Categorical("uv", label="a")}))
    assert space.grid()["a"] == ["u", "v"]
    assert len(space.grid(granularity=3)["x"]) > len(space.grid()["x"])
