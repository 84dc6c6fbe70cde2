"""The mutator: hooks by which NNI's one-shot strategies turn a space of ours into a supernet with shared weights."""

from collections.abc import Callable
from typing import Any

from nni_autoattend.supernet.mixture import MixtureEncoder
from nni_autoattend.supernet.mixture_proxyless import ProxylessEncoder
from nni_autoattend.supernet.nni_bases import NniDarts, NniProxyless
from nni_autoattend.supernet.path_sampling import PathSamplingEncoder


def mutation_hooks(strategy: object) -> list[Callable[..., Any]]:
    """Return the hooks for ``strategy``.

    Proxyless gets paths behind binary gates, the rest of the DARTS family a mixture of all paths, all others sampled
    paths.
    """
    if isinstance(strategy, NniProxyless):
        return [ProxylessEncoder.mutate]
    if isinstance(strategy, NniDarts):
        return [MixtureEncoder.mutate]
    return [PathSamplingEncoder.mutate]
