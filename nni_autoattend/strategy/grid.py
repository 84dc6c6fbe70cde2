"""Grid search over distinct networks.

NNI's own ``GridSearch`` counts the last label fastest and tells flat samples apart only: over seven labels a layer, of
which three or four mean something at a time, its first thousand points are eight networks that share all layers but the
last.
"""

import logging
from collections.abc import Hashable, Iterator
from itertools import count
from math import prod
from typing import Any

from nni.mutable import Mutable

from nni_autoattend.genes import Sample
from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.strategy.shuffled_range import ShuffledRange
from nni_autoattend.supernet.nni_bases import Strategy

PATIENCE = 100_000
"""So many points in a row without a new network, and the grid counts as walked."""

_logger = logging.getLogger(__name__)


class Grid(Strategy):  # type: ignore[misc]  # NNI has no types
    """Walk the grid of all labels in a shuffled order, every network once.

    The order is a permutation of the whole grid that is computed, not held: all labels, those of the first layers too,
    vary from one point to the next. Two samples are one network where the space's ``canonical(sample)`` says so; other
    spaces are walked sample by sample. Memory grows with the networks that are tried, not with the grid.

    Args:
        seed: of the order.
    """

    def __init__(self, *, seed: int = 0) -> None:
        super().__init__()
        self.seed = seed
        self._granularity, self._position = 1, 0
        self._seen: set[Hashable] = set()

    def extra_repr(self) -> str:
        """Return the arguments, for ``print(strategy)``."""
        return f"seed={self.seed}"

    def _run(self) -> None:
        samples = self._samples(self.model_space)
        while self.wait_for_resource():
            sample = next(samples, None)
            if sample is None:
                _logger.info("The grid has no other network: %d were proposed.", len(self._seen))
                return
            self.engine.submit_models(self.model_space.freeze(sample))

    def _samples(self, model_space: Mutable) -> Iterator[Sample]:
        """Yield a valid sample of every network; what is not categorical is refined until that gives nothing new."""
        samples = SampleSpace(model_space)
        previous: dict[str, list[Any]] = {}
        for granularity in count(1):
            values, known = samples.grid(granularity), len(self._seen)
            if values == previous:
                return
            previous = values
            if granularity < self._granularity:
                continue
            self._granularity = granularity
            yield from self._new_networks(samples, values)
            self._position = 0
            if len(self._seen) == known:
                return

    def _new_networks(self, samples: SampleSpace, values: dict[str, list[Any]]) -> Iterator[Sample]:
        order = ShuffledRange(prod(map(len, values.values())), self.seed)
        known_in_a_row = 0
        while self._position < order.size and known_in_a_row < PATIENCE:
            sample = _point(values, order[self._position])
            self._position += 1
            key = samples.key(sample) if samples.contains(sample) else None
            known_in_a_row += 1
            if key is not None and key not in self._seen:
                known_in_a_row = 0
                self._seen.add(key)
                yield sample

    def state_dict(self) -> dict[str, Any]:
        """Return where the walk is."""
        return {"granularity": self._granularity, "position": self._position, "seen": list(self._seen)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue the walk of ``state_dict`` after its last point."""
        self._granularity, self._position = state_dict["granularity"], state_dict["position"]
        self._seen = set(state_dict["seen"])


def _point(values: dict[str, list[Any]], number: int) -> Sample:
    """Return the sample whose label indices are the digits of ``number``."""
    sample = {}
    for label, choices in values.items():
        number, index = divmod(number, len(choices))
        sample[label] = choices[index]
    return sample
