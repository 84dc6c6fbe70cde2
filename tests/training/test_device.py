"""compute_device: a GPU where there is one. half_precision: bfloat16 there only."""

import torch

from nni_autoattend.training.device import compute_device, half_precision


def test_a_cpu_computes_in_full_precision():
    with half_precision(torch.device("cpu")):
        assert not torch.is_autocast_enabled("cpu")
        assert not torch.is_autocast_enabled("cuda")


def test_a_gpu_takes_products_in_bfloat16():
    with half_precision(torch.device("cuda")):
        assert torch.is_autocast_enabled("cuda") == torch.cuda.is_available()
        assert torch.get_autocast_dtype("cuda") == torch.bfloat16


def test_a_gpu_is_used_where_torch_sees_one(monkeypatch):
    for seen, kind in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda seen=seen: seen)
        assert compute_device() == torch.device(kind)
