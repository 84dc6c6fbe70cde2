"""The baselines of each kind of data through the same doors."""

import pytest

from nni_autoattend.baselines.by_modality import TRIVIAL, baseline_names, build_baseline, tuning_ladder
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.errors import UnknownNameError
from nni_autoattend.modality import MODALITIES
from nni_autoattend.settings import NetworkShape, TrainingSettings

SHAPE = NetworkShape(8, 2, 0.0, 0.0, 0.0)
DIMENSIONS = {"text": TextDimensions(9, 6, 3), "graph": GraphDimensions(4, 3, multi_label=False)}


@pytest.mark.parametrize("modality", MODALITIES)
def test_all_baselines_can_be_tuned_and_the_networks_built(modality):
    names = baseline_names(modality)
    assert TRIVIAL[modality] in names
    assert set(MODALITIES[modality].baselines) == set(names)
    for name in names:
        ladder = tuning_ladder(modality, name, 3, lr=0.01, task=None)
        assert len(ladder) == 3
        if name != TRIVIAL[modality]:
            assert all(TrainingSettings(epochs=1, batch_size=1, **{"lr": 1.0, **rung}) for rung in ladder)
            assert list(build_baseline(name, SHAPE, DIMENSIONS[modality], None).parameters())


def test_a_baseline_belongs_to_one_kind():
    with pytest.raises(UnknownNameError, match="gcn"):
        build_baseline("gcn", SHAPE, DIMENSIONS["text"], None)
    with pytest.raises(UnknownNameError, match="transformer"):
        tuning_ladder("graph", "transformer", 1, lr=0.1, task=None)
