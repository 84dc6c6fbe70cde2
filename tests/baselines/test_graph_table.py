import subprocess
import sys
from types import SimpleNamespace

import pytest

from nni_autoattend.baselines.graph_table import (
    GRAPH_BASELINES,
    GRAPH_TRIVIAL,
    build_graph_baseline,
    graph_baseline_names,
    graph_tuning_ladder,
    published_settings,
)
from nni_autoattend.errors import UnknownNameError
from nni_autoattend.names import resolve

NETWORKS = [name for name in GRAPH_BASELINES if name != GRAPH_TRIVIAL]


@pytest.mark.parametrize("task", [None, "cora", "photo"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_built_with_its_published_shape(
    graph_check: SimpleNamespace, name: str, task: str | None
) -> None:
    published = published_settings(name, task)
    network = build_graph_baseline(name, graph_check.dimensions, published.shape)
    graph = graph_check.graph()
    assert network(graph).shape == (15, 3)
    assert network.penalised()
    assert 0 < published.patience <= published.epochs


def test_settings_are_those_of_the_task() -> None:
    assert published_settings("gcn").shape["hidden"] == published_settings("gcn", "cora").shape["hidden"] == 16
    assert published_settings("gcn", "photo").shape["hidden"] == 64
    assert published_settings("appnp", "photo") == published_settings("appnp")


def test_names() -> None:
    assert graph_baseline_names() == ["gcn", "gat", "graphsage", "appnp", "label-propagation"]
    assert all(isinstance(resolve(where), type) for where in GRAPH_BASELINES.values())
    with pytest.raises(UnknownNameError, match="did you mean 'gat'"):
        published_settings("gatt")
    with pytest.raises(UnknownNameError, match="baseline network 'label-propagation'"):
        published_settings(GRAPH_TRIVIAL)
    with pytest.raises(UnknownNameError, match="did you mean 'label-propagation'"):
        graph_tuning_ladder("label_propagation", 1)


@pytest.mark.parametrize("name", NETWORKS)
def test_ladders_begin_with_what_is_published_and_never_repeat(name: str) -> None:
    published = published_settings(name, "photo")
    ladder = graph_tuning_ladder(name, 13, "photo")
    assert ladder[0] == {"lr": published.lr, "weight_decay": published.weight_decay}
    assert len({tuple(rung.values()) for rung in ladder}) == 13
    assert graph_tuning_ladder(name, 3, "photo") == ladder[:3]
    with pytest.raises(ValueError, match="between 0 and 25 tuning runs"):
        graph_tuning_ladder(name, 26)


def test_the_ladder_of_the_trivial_baseline() -> None:
    ladder = graph_tuning_ladder(GRAPH_TRIVIAL, 12)
    assert ladder[0] == {"alpha": 0.95, "layers": 50}
    assert len({tuple(rung.values()) for rung in ladder}) == 12
    for rung in ladder:
        resolve(GRAPH_BASELINES[GRAPH_TRIVIAL])(**rung)


def test_names_and_settings_come_without_torch() -> None:
    program = (
        "import sys; from nni_autoattend.baselines.graph_table import published_settings as of; of('gat', 'cora'); "
        "print({'torch', 'torch_geometric', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
