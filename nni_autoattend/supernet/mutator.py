"""The mutator: hooks by which NNI's one-shot strategies turn a space of ours into a supernet with shared weights."""

from collections.abc import Callable
from typing import Any

from nni_autoattend.errors import RecipeError
from nni_autoattend.supernet.nni_bases import DARTS
from nni_autoattend.supernet.path_sampling import PathSamplingEncoder


def mutation_hooks(strategy: object) -> list[Callable[..., Any]]:
    """Return the hooks for ``strategy``: path sampling.

    Raises:
        RecipeError: the strategy mixes all paths at once (the DARTS family), which these supernets do not.
    """
    if isinstance(strategy, DARTS):
        raise RecipeError(
            f"{type(strategy).__name__} needs a supernet that mixes all paths; this space offers path sampling only: "
            "use autoattend, random-one-shot or enas"
        )
    return [PathSamplingEncoder.mutate]
