import pytest
import torch
from torch import nn

from nni_autoattend.experiment import forecast_memory
from nni_autoattend.experiment.forecast_memory import (
    MemoryWatch,
    bytes_of,
    peak_resident,
    resident,
    settle,
    touched_bytes,
    trainable_bytes,
)
from nni_autoattend.genes import Genes
from nni_autoattend.settings import NetworkShape

MIB = 1024**2


def test_a_watch_sees_what_is_gone_afterwards() -> None:
    if resident() is None:
        pytest.skip("the system does not tell")
    settle()
    before = resident() or 0
    with MemoryWatch() as watch:
        block = torch.ones(64 * MIB // 4)
        torch.cos(block)
        del block
    assert watch.peak is not None and watch.peak >= before + 64 * MIB
    settle()
    assert (resident() or 0) < watch.peak
    assert (peak_resident() or 0) >= watch.peak - MIB  # they are read from different counters


def test_where_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(forecast_memory, "_STATM", forecast_memory.Path("absent"))
    with MemoryWatch() as watch:
        pass
    assert watch.peak is None


def test_bytes_of_weights() -> None:
    layer = nn.Linear(3, 2)
    layer.bias.requires_grad = False
    assert (bytes_of(layer), trainable_bytes(layer)) == (4 * 8, 4 * 6)


@pytest.mark.timeout(240)  # imports nni
def test_paths_touch_more_and_more_of_a_supernet_until_all_is_touched() -> None:
    from nni_autoattend.space.encoder import MutableEncoder
    from nni_autoattend.supernet.path_sampling import PathSamplingEncoder

    genes = Genes(3, ("addition", "attention"), ("zero", "identity", "conv1", "gru"))
    space = MutableEncoder(genes, NetworkShape(8, 2, 0.1, 0.1, 0.1), "full")
    model = nn.Sequential(nn.Linear(4, 4), PathSamplingEncoder(space))
    everything = trainable_bytes(model)
    sizes = [touched_bytes(model, genes, paths) for paths in (0, 1, 8, 900)]
    assert sizes == sorted(sizes) and len(set(sizes)) == 4
    assert sizes[0] == trainable_bytes(model[0])
    assert sizes[-1] == touched_bytes(model, genes, 10**6) == everything
    assert touched_bytes(model[0], genes, 1) == trainable_bytes(model[0])  # no supernet of ours: all of it
