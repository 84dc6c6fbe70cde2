from dataclasses import replace
from typing import Any

import torch

from nni_autoattend.experiment.bench import torch_threads


def test_the_shape_of_retrained_networks(bench: Any) -> None:
    assert bench.retrain_shape == bench.settings.space.search
    bench.settings = replace(bench.settings, retrain=replace(bench.settings.retrain, width=32, dropout=0.25))
    shape = bench.retrain_shape
    assert (shape.width, shape.dropout, shape.attention_dropout, shape.aggregation_dropout) == (32, 0.25, 0.25, 0.25)


def test_a_note_is_told_once(bench: Any) -> None:
    told: list[str] = []
    bench.observer.say = told.append
    for _ in range(2):
        bench.note("x")
    assert (told, bench.notes) == (["x"], ["x"])


def test_threads() -> None:
    before = torch.get_num_threads()
    with torch_threads(before + 1):
        assert torch.get_num_threads() == before + 1
    with torch_threads(None):
        assert torch.get_num_threads() == before
    assert torch.get_num_threads() == before
