"""half_precision: bfloat16 on a GPU only."""

import torch

from nni_autoattend.training.device import half_precision


def test_a_cpu_computes_in_full_precision():
    with half_precision(torch.device("cpu")):
        assert not torch.is_autocast_enabled("cpu")
        assert not torch.is_autocast_enabled("cuda")


def test_a_gpu_takes_products_in_bfloat16():
    with half_precision(torch.device("cuda")):
        assert torch.is_autocast_enabled("cuda") == torch.cuda.is_available()
        assert torch.get_autocast_dtype("cuda") == torch.bfloat16
