import subprocess
import sys
from types import SimpleNamespace

import pytest

from nni_autoattend.baselines.table import (
    BASELINES,
    TRIVIAL,
    baseline_names,
    build_baseline,
    tuned_setting,
    tuning_ladder,
)
from nni_autoattend.datasets.batches import collate
from nni_autoattend.errors import UnknownNameError
from nni_autoattend.names import resolve
from nni_autoattend.settings import RetrainSettings


def test_every_name_leads_somewhere_and_the_default_ones_are_known() -> None:
    assert all(isinstance(resolve(where), type) for where in BASELINES.values())
    assert set(RetrainSettings().baselines) <= set(baseline_names())


@pytest.mark.parametrize("name", [name for name in BASELINES if name != TRIVIAL])
def test_every_network_scores_the_classes(check: SimpleNamespace, name: str) -> None:
    network = build_baseline(name, check.shape, check.dimensions)
    logits = network(collate(check.texts(4, 1)))
    assert logits.shape == (2, 3)
    logits.sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_unknown_names_are_answered_with_the_known_ones(check: SimpleNamespace) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'text-cnn'"):
        build_baseline("textcnn", check.shape, check.dimensions)
    with pytest.raises(UnknownNameError, match="baseline network 'tfidf-logistic'"):
        build_baseline(TRIVIAL, check.shape, check.dimensions)
    with pytest.raises(UnknownNameError, match="did you mean 'transformer'"):
        tuning_ladder("transformr", 1e-3, 1)


def test_ladders_start_at_the_given_rate_and_never_repeat() -> None:
    rates = [rung["lr"] for rung in tuning_ladder("transformer", 1e-3, 13)]
    assert rates[:5] == pytest.approx([1e-3, 3.1623e-3, 3.1623e-4, 1e-2, 1e-4], rel=1e-4)
    assert len(set(rates)) == 13
    assert [rung["C"] for rung in tuning_ladder(TRIVIAL, 1e-3, 3)] == pytest.approx([3.0, 9.4868, 0.9487], rel=1e-4)
    assert [tuned_setting(name) for name in baseline_names()] == ["lr", "lr", "lr", "C"]
    with pytest.raises(ValueError, match="between 0 and 13"):
        tuning_ladder("transformer", 1e-3, 14)


def test_the_table_imports_no_torch() -> None:
    code = "import sys, nni_autoattend.baselines.table; sys.exit('torch' in sys.modules or 'sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
