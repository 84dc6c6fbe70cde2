"""What the spaces of all kinds of data have in common, asked of each."""

from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
import torch
from nni.nas.strategy import RandomOneShot

from nni_autoattend.datasets.batches import collate
from nni_autoattend.datasets.graph_batches import GraphInput
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.errors import RecipeError
from nni_autoattend.recipes import load_space
from nni_autoattend.space.graph import GraphSpace
from nni_autoattend.space.searched import SearchedSpace
from nni_autoattend.space.text import TextSpace

TINY = {"genes.layers": 3, "search.width": 16, "search.heads": 2}


@dataclass(frozen=True)
class Kind:
    """A space, what it reads, how many items that is."""

    space: SearchedSpace
    data: Any
    items: int

    def samples(self, count: int) -> list[dict[str, Any]]:
        rng = Random(0)
        return [self.space.genes.to_sample(self.space.genes.random(rng)) for _ in range(count)]


def text_kind() -> Kind:
    space = TextSpace.from_recipe(load_space("autoattend-text", TINY), TextDimensions(20, 6, 3))
    return Kind(space, collate([[torch.tensor([2, 3, 4])], [torch.tensor([5])]]), 2)


def graph_kind() -> Kind:
    space = GraphSpace.from_recipe(load_space("autoattend-graph", TINY), GraphDimensions(5, 3, multi_label=False))
    layout = GraphLayout.of(torch.tensor([[0, 1, 2, 3, 1], [1, 2, 3, 0, 3]]), 6)
    return Kind(space, GraphInput(torch.randn(6, 5), layout, torch.tensor([4, 0, 2])), 3)


@pytest.fixture(params=[text_kind, graph_kind])
def kind(request: pytest.FixtureRequest) -> Kind:
    torch.manual_seed(0)
    made: Kind = request.param()
    return made


def test_fixed_parts_are_handed_down_and_all_that_is_not_the_encoder(kind):
    frozen = kind.space.freeze(kind.samples(1)[0])
    parts = [name for name, _ in frozen.named_children()]
    assert sorted(parts) == sorted([*kind.space.fixed_parts, "encoder"])
    for part in kind.space.fixed_parts:
        own, theirs = getattr(frozen, part).state_dict(), getattr(kind.space, part).state_dict()
        assert own.keys() == theirs.keys()
        assert all(torch.equal(own[name], theirs[name]) for name in own)


def test_a_bare_space_runs_no_paths(kind):
    with pytest.raises(RecipeError, match="let a strategy mutate the space first"):
        kind.space.forward_paths(kind.data, kind.samples(2))


def test_a_supernet_of_paths_runs_several(kind):
    supernet = RandomOneShot().mutate_model(kind.space).eval()
    drawn = kind.samples(4)
    logits = supernet.forward_paths(kind.data, drawn)
    assert logits.shape == (4, kind.items, 3)
    for own, sample in zip(logits, drawn, strict=True):
        torch.testing.assert_close(supernet.freeze(sample).eval()(kind.data), own, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("mutated", [False, True])
def test_it_says_which_choice_is_wrong(kind, mutated):
    space = RandomOneShot().mutate_model(kind.space) if mutated else kind.space
    good = kind.samples(1)[0]
    assert space.check_contains(good) is None and space.contains(good)
    label = next(label for label in good if label.endswith("_op"))
    wrong = space.check_contains({**good, label: "no such operation"})
    assert wrong is not None and "no such operation" in str(wrong) and good[label] in str(wrong)
    missing = {other: value for other, value in good.items() if other != label}
    assert not space.contains(missing)


def test_architectures_and_samples_are_the_same_thing(kind):
    for sample in kind.samples(10):
        architecture = kind.space.architecture(sample)
        assert kind.space.genes.to_sample(architecture) == sample
        assert kind.space.canonical(sample) == architecture.network_key()


def test_mutants_stay_in_the_space_and_a_rate_of_zero_changes_nothing(kind):
    rng = Random(1)
    for sample in kind.samples(10):
        assert kind.space.contains(kind.space.mutate(sample, 1.0, rng))
        assert kind.space.canonical(kind.space.mutate(sample, 0.0, rng)) == kind.space.canonical(sample)
