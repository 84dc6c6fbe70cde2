import pytest

from nni_autoattend.errors import RecipeError, UnknownNameError
from nni_autoattend.experiment.compared import check_baselines, known_baselines
from nni_autoattend.settings import RetrainSettings
from nni_autoattend.settings_consistency import Consistency


def test_every_network_has_a_control_and_the_trivial_baseline_has_none():
    known = known_baselines("graph")
    assert {"appnp", "appnp-consistent", "random-architecture", "label-propagation"} <= set(known)
    assert "label-propagation-consistent" not in known
    assert "text-cnn-consistent" in known_baselines("text")


def test_names_are_checked():
    with pytest.raises(UnknownNameError, match="appnp-consistant"):
        check_baselines(RetrainSettings(baselines=("appnp-consistant",)), "graph")
    with pytest.raises(RecipeError, match=r"retrain\.consistency, and there is none; take gcn$"):
        check_baselines(RetrainSettings(baselines=("gcn-consistent",)), "graph")
    check_baselines(RetrainSettings(baselines=("gcn-consistent",), consistency=Consistency(1.0)), "graph")
