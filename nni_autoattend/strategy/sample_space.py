"""Any NNI model space as our strategies see it: flat samples, and what the space may know beyond them."""

import json
from collections.abc import Hashable
from random import Random
from typing import Any

from nni.mutable import Categorical, LabeledMutable, Mutable, MutableAnnotation
from numpy.random import RandomState

from nni_autoattend.genes import Sample
from nni_autoattend.strategy.own_space import own_space

_TRIES = 1000


class SampleSpace:
    """Samples of a model space, drawn, compared and mutated.

    A space may define ``canonical(sample)`` (equal networks, equal value) and ``mutate(sample, rate, rng)``; without
    them samples are compared label by label, and mutation draws each label anew with probability ``rate``. Labels
    beyond the space's own (of an evaluator that is searched too) are compared and drawn label by label.

    Args:
        model_space: an NNI model space, in one of NNI's executable forms or bare (or anything mutable).
    """

    def __init__(self, model_space: Mutable) -> None:
        self._space, self._own = model_space, own_space(model_space)
        self._labels = _labels(model_space)
        self._others = [] if self._own is model_space else sorted(self._labels.keys() - _labels(self._own).keys())

    def random(self, rng: Random) -> Sample:
        """Draw a valid sample, every label by its own distribution.

        Raises:
            RuntimeError: the space's constraints left none in a thousand draws.
        """
        for _ in range(_TRIES):
            sample = {name: _draw(mutable, rng) for name, mutable in self._labels.items()}
            if self._space.contains(sample):
                return sample
        raise RuntimeError(f"no valid sample in {_TRIES} draws: are the space's constraints too narrow?")

    def key(self, sample: Sample) -> Hashable:
        """Return what samples of one network have in common."""
        canonical = getattr(self._own, "canonical", None)
        if canonical is None:
            return tuple(sorted((name, repr(sample[name])) for name in self._labels))
        key: Hashable = canonical(sample)
        return (key, *(repr(sample[name]) for name in self._others)) if self._others else key

    def text_key(self, sample: Sample) -> str:
        """Return ``key`` as text, for journals."""
        return json.dumps(self.key(sample), default=repr)

    def mutate(self, sample: Sample, rate: float, rng: Random) -> Sample:
        """Return a mutant; it may equal its parent, or break a constraint (callers ask ``contains``)."""
        mutate = getattr(self._own, "mutate", None)
        mutant: Sample = {} if mutate is None else dict(mutate(sample, rate, rng))
        for name in self._labels if mutate is None else self._others:
            mutant[name] = _draw(self._labels[name], rng) if rng.random() < rate else sample[name]
        return mutant

    def grid(self, granularity: int = 1) -> dict[str, list[Any]]:
        """Return label -> values in the order of the space; ``granularity`` refines what is not categorical."""
        return {name: list(mutable.grid(granularity=granularity)) for name, mutable in self._labels.items()}

    def contains(self, sample: Sample) -> bool:
        """Tell whether the space has such a sample."""
        return bool(self._space.contains(sample))

    def distinct(self, count: int, rng: Random) -> list[Sample]:
        """Draw up to ``count`` samples of distinct networks; fewer where a thousand draws find no other."""
        found: dict[Hashable, Sample] = {}
        while len(found) < count:
            sample = self.unseen(lambda: self.random(rng), set(found))
            if sample is None:
                break
            found[self.key(sample)] = sample
        return list(found.values())

    def unseen(self, draw: Any, seen: set[Hashable]) -> Sample | None:
        """Return the first valid sample of ``draw()`` whose network is not in ``seen``; ``None`` after 1,000 tries."""
        for _ in range(_TRIES):
            sample: Sample = draw()
            if self.contains(sample) and self.key(sample) not in seen:
                return sample
        return None


def _labels(mutable: Mutable) -> dict[str, LabeledMutable]:
    labels: dict[str, LabeledMutable] = mutable.simplify()
    return {name: item for name, item in labels.items() if not isinstance(item, MutableAnnotation)}


def _draw(mutable: LabeledMutable, rng: Random) -> Any:
    if isinstance(mutable, Categorical) and len(set(mutable.weights)) == 1:
        return rng.choice(mutable.values)
    return mutable.random(random_state=RandomState(rng.getrandbits(32)))
