"""Randomness of one's own, for libraries that draw from the global generators of torch and NumPy."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


class PrivateRandom:
    """While a ``with private.drawing():`` runs, the global generators of torch (CPU) and NumPy are these.

    What is drawn inside depends on the seed and on earlier draws inside; what is drawn outside never notices. Entered
    again while it runs, it goes on.

    Args:
        seed: of both generators.
    """

    def __init__(self, seed: int) -> None:
        self._torch = torch.Generator().manual_seed(seed).get_state()
        self._numpy = np.random.RandomState(seed % 2**32).get_state()
        self._inside = False

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Swap the generators in, and out again at the end."""
        if self._inside:
            yield
            return
        outer_torch, outer_numpy = torch.get_rng_state(), np.random.get_state()
        torch.set_rng_state(self._torch)
        np.random.set_state(self._numpy)
        self._inside = True
        try:
            yield
        finally:
            self._torch, self._numpy = torch.get_rng_state(), np.random.get_state()
            torch.set_rng_state(outer_torch)
            np.random.set_state(outer_numpy)
            self._inside = False
