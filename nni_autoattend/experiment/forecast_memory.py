"""Resident memory of this process, watched while work is done; and how many weights a number of paths touches."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from nni_autoattend.genes import Genes

_STATM = Path("/proc/self/statm")
_EVERY = 0.005  # seconds
_ALL_TOUCHED = 1000
"""Paths after which every slot counts as touched: the rarest one of 24 layers is drawn once in about 500."""


def resident() -> int | None:
    """Return the resident memory now, in bytes; ``None`` where the system has no ``/proc``."""
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None


def peak_resident() -> int | None:
    """Return the largest resident memory since the process began, in bytes (``ru_maxrss``)."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak) if sys.platform == "darwin" else int(peak) * 1024


def settle() -> None:
    """Give memory that is free back to the system, so that ``resident`` tells what is in use."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):  # another C library than glibc keeps what it keeps
        return


class MemoryWatch:
    """The largest resident memory while the block runs; ``peak`` is ``None`` where it cannot be read."""

    def __init__(self) -> None:
        self.peak = resident()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        if self.peak is not None:
            self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self.peak is not None:
            self._over.set()
            self._thread.join()
            self._look()

    def _watch(self) -> None:
        while not self._over.wait(_EVERY):
            self._look()

    def _look(self) -> None:
        self.peak = max(self.peak or 0, resident() or 0)


def bytes_of(module: nn.Module) -> int:
    """Return the bytes of the parameters of ``module``."""
    return sum(weight.numel() * weight.element_size() for weight in module.parameters())


def trainable_bytes(module: nn.Module) -> int:
    """Return the bytes of those that are trained."""
    return sum(weight.numel() * weight.element_size() for weight in module.parameters() if weight.requires_grad)


def touched_bytes(model: nn.Module, genes: Genes, paths: int) -> int:
    """Return the bytes of the trained weights that ``paths`` uniform paths of a supernet touch (one seeded draw).

    A supernet of another kind than ours counts as touched as a whole.
    """
    from nni_autoattend.supernet.path_sampling import PathSamplingEncoder

    encoder = next((module for module in model.modules() if isinstance(module, PathSamplingEncoder)), None)
    if encoder is None or paths >= _ALL_TOUCHED:
        return trainable_bytes(model)
    touched: dict[int, nn.Module] = {}
    rng = Random(0)
    for _ in range(paths):
        architecture = genes.random(rng)
        modules: list[nn.Module] = [encoder.weights.operation(edge) for edge in architecture.edges()]
        kinds = enumerate((layer.kind for layer in architecture.layers), start=1)
        modules += [encoder.weights.aggregation(target, kind) for target, kind in kinds]
        touched |= {id(module): module for module in modules}
    weights = {id(weight): weight for module in touched.values() for weight in module.parameters()}
    searched = sum(weight.numel() * weight.element_size() for weight in weights.values() if weight.requires_grad)
    return trainable_bytes(model) - trainable_bytes(encoder) + searched
