"""Where a computation runs, and how precisely."""

from contextlib import AbstractContextManager, nullcontext

import torch


def compute_device() -> torch.device:
    """Return where networks are trained and judged: the first GPU that torch sees, without one the CPU.

    An empty ``CUDA_VISIBLE_DEVICES`` hides all GPUs.
    """
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def half_precision(device: torch.device) -> AbstractContextManager[object]:
    """Return the context of a forward pass: products in bfloat16 on a GPU; everything in float32 on a CPU."""
    return torch.autocast("cuda", dtype=torch.bfloat16) if device.type == "cuda" else nullcontext()
