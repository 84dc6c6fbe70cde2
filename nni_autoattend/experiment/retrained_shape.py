"""The shape of networks that are trained from scratch: the search's, unless the ``retrain:`` block says otherwise."""

from typing import Any

from nni_autoattend.schema import read, to_plain
from nni_autoattend.settings import NetworkShape, RetrainSettings


def retrained_shape(search: NetworkShape, retrain: RetrainSettings) -> NetworkShape:
    """Return widths and rates of what is retrained.

    ``retrain.shape`` wins over ``retrain.dropout``, which sets every dropout, and over ``retrain.width``.

    Raises:
        RecipeError: ``retrain.shape`` has a key that shapes of this kind of data do not have, or an impossible value.
    """
    plain: dict[str, Any] = to_plain(search)
    if retrain.width is not None:
        plain["width"] = retrain.width
    if retrain.dropout is not None:
        plain |= {name: retrain.dropout for name in plain if name.endswith("dropout")}
    return read(type(search), {**plain, **retrain.shape}, "retrain: shape")
