from random import Random
from typing import Any

import pytest

from nni_autoattend.nnictl.search_space import search_space_json
from nni_autoattend.recipes import load_space


def draw(space: dict[str, Any], rng: Random) -> dict[str, Any]:
    """A sample as any tuner of NNI draws it: every label by itself."""
    return {label: rng.choice(choice["_value"]) for label, choice in space.items()}


def test_whatever_a_tuner_draws_is_an_architecture(rng: Random) -> None:
    genes = load_space("autoattend-text-small").genes
    space = search_space_json(genes)
    assert {choice["_type"] for choice in space.values()} == {"choice"}
    drawn = {genes.from_sample(draw(space, rng)) for _ in range(50)}
    assert len(drawn) == 50
    assert all(genes.contains(architecture) for architecture in drawn)


def test_every_architecture_can_be_drawn(rng: Random) -> None:
    genes = load_space("autoattend-text-addition").genes
    space = search_space_json(genes)
    sample = genes.to_sample(genes.random(rng))
    assert sample.keys() == space.keys()
    assert all(value in space[label]["_value"] for label, value in sample.items())


@pytest.mark.timeout(180)  # nni is imported
@pytest.mark.parametrize("tuner", ["TPE", "Random", "Evolution", "GridSearch"])
def test_tuners_of_nni_hand_out_architectures(tuner: str) -> None:
    from nni.tools.package_utils.tuner_factory import create_builtin_class_instance

    genes = load_space("autoattend-text-small").genes
    instance = create_builtin_class_instance(tuner, {}, "tuners")
    instance.update_search_space(search_space_json(genes))
    drawn = [instance.generate_parameters(number) for number in range(4)]
    assert all(genes.contains(genes.from_sample(sample)) for sample in drawn)
    assert len({str(sample) for sample in drawn}) == 4
