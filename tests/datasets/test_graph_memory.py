from pathlib import Path

import pytest

from nni_autoattend.datasets import graph_memory as module
from nni_autoattend.datasets.graph_memory import available_memory, check_memory, graph_memory
from nni_autoattend.errors import DataError


def test_the_estimate_is_linear_in_nodes_and_edges():
    one = graph_memory(1000, 5000, 30)
    assert graph_memory(10_000, 50_000, 30) == 10 * one
    assert graph_memory(1000, 5000, 30, layers=4) - one == one - graph_memory(1000, 5000, 30, layers=0)
    assert graph_memory(1000, 5000, 30, width=128) > one
    assert graph_memory(1000, 5000, 30, heads=64) > one
    assert graph_memory(1000, 5000, 30, whole=False) < one / 4


def test_sparse_features_take_little():
    dense, sparse = graph_memory(1000, 0, 4000), graph_memory(1000, 0, 4000, entries=20_000)
    assert dense - sparse == 4 * 1000 * 4000 - 16 * 20_000


def test_what_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "available_memory", lambda: 3_000_000_000)
    check_memory(3_000_000_000, "the graph")
    with pytest.raises(DataError) as refused:
        check_memory(4_200_000_000, "the graph")
    assert str(refused.value) == (
        "the graph needs about 4.2 GB of memory, 3.0 GB are free; take a smaller graph, or a machine with more memory"
    )
    monkeypatch.setattr(module, "available_memory", lambda: 2_500_000)
    with pytest.raises(DataError, match=r"4.2 GB of memory, 2.5 MB are free; read less"):
        check_memory(4_200_000_000, "the graph", advice="read less")


def test_where_the_system_does_not_tell_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(module, "_MEMINFO", tmp_path / "no")
    monkeypatch.setattr(module, "_CGROUP", tmp_path / "no")
    assert available_memory() is None
    check_memory(10**18, "the graph")


@pytest.mark.parametrize(
    ("limit", "used", "expected"),
    [("max", "5", 2_048_000), ("1000000", "400000", 600_000), ("1000", "5000", 0), ("9000000", "0", 2_048_000)],
)
def test_a_container_may_have_less_than_its_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: str, used: str, expected: int
):
    (tmp_path / "meminfo").write_text("MemTotal:  9000 kB\nMemFree:  100 kB\nMemAvailable:  2000 kB\n")
    (tmp_path / "memory.max").write_text(limit + "\n")
    (tmp_path / "memory.current").write_text(used + "\n")
    monkeypatch.setattr(module, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(module, "_CGROUP", tmp_path)
    assert available_memory() == expected
