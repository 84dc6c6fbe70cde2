"""What samples of one network have in common, for whatever space they are of."""

from collections.abc import Hashable

from nni.mutable import Mutable

from nni_autoattend.genes import Sample
from nni_autoattend.strategy.own_space import own_space


class NetworkKey:
    """From a sample to a key: ``canonical(sample)`` of the space where it has one, else all labels as they are.

    Labels that are not the space's own (of an evaluator that is searched too) are always part of the key.

    Args:
        model_space: an NNI model space, bare or in an executable form, frozen or not.
    """

    def __init__(self, model_space: Mutable) -> None:
        own = own_space(model_space)
        self._canonical = getattr(own, "canonical", None)
        self._known = set() if self._canonical is None else set(own.simplify())

    def __call__(self, sample: Sample) -> Hashable:
        """Return the key of ``sample``."""
        network: Hashable = None if self._canonical is None else self._canonical(sample)
        return network, tuple(sorted((name, repr(value)) for name, value in sample.items() if name not in self._known))
