"""The space that a person wrote, found again inside the forms that NNI wraps it in."""

import torch
from nni.mutable import Mutable
from nni.nas.space import RawFormatModelSpace, SimplifiedModelSpace

_KNOWLEDGE = ("canonical", "mutate")


def own_space(model_space: Mutable) -> Mutable:
    """Return the model space behind ``model_space``, or ``model_space`` itself where there is none to be asked.

    A ``SimplifiedModelSpace`` keeps a class and its arguments only: the space is built again from them, and only if it
    knows something (``canonical``, ``mutate``) that the labels do not tell.
    """
    if isinstance(model_space, RawFormatModelSpace):
        return model_space.model_space
    if isinstance(model_space, SimplifiedModelSpace):
        model = model_space.model
        if any(hasattr(model.trace_symbol, name) for name in _KNOWLEDGE):
            with torch.random.fork_rng():  # building modules draws weights; nobody else's draws may move
                return model.trace_copy().get(traceable=False)
    return model_space
