"""Where a computation runs, and how precisely."""

from contextlib import AbstractContextManager, nullcontext

import torch


def half_precision(device: torch.device) -> AbstractContextManager[object]:
    """Return the context of a forward pass: products in bfloat16 on a GPU; everything in float32 on a CPU."""
    return torch.autocast("cuda", dtype=torch.bfloat16) if device.type == "cuda" else nullcontext()
