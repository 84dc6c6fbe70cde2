"""The baselines by name, and what is tuned of each. No torch here: names are resolved when a baseline is built."""

from typing import TYPE_CHECKING, Literal

from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.errors import UnknownNameError
from nni_autoattend.names import resolve
from nni_autoattend.settings import NetworkShape

if TYPE_CHECKING:
    from torch import nn

BASELINES: dict[str, str] = {
    "transformer": "nni_autoattend.baselines.transformer:TransformerEncoderBaseline",
    "bigru-attention": "nni_autoattend.baselines.bigru_attention:BiGRUAttentionBaseline",
    "text-cnn": "nni_autoattend.baselines.text_cnn:TextCNNBaseline",
    "tfidf-logistic": "nni_autoattend.baselines.tfidf_logistic:TfidfLogistic",
}
TRIVIAL = "tfidf-logistic"
"""The one that is no network: it reads token lists and is not trained by the loop."""

_EXPONENTS = (0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5, 0.25, -0.25, 0.75, -0.75, 1.25, -1.25)
"""Powers of ten around the first value, in the order they are tried: small networks gain from larger rates first."""
_FIRST_C = 3.0
"""Where the ladder of C starts: from there (3, 9.5, 0.95, ...) the values that sparse text features want come first."""


def baseline_names() -> list[str]:
    """Return all names, in the order of the table."""
    return list(BASELINES)


def build_baseline(name: str, shape: NetworkShape, dimensions: TextDimensions) -> "nn.Module":
    """Build the untrained network of a baseline, ``forward(TextInput)`` -> logits (texts, classes).

    Raises:
        UnknownNameError: no such baseline, or the trivial one, which is no network.
    """
    networks = [known for known in BASELINES if known != TRIVIAL]
    if name not in networks:
        raise UnknownNameError("baseline network", name, networks)
    network: nn.Module = resolve(BASELINES[name])(shape, dimensions)
    return network


def tuned_setting(name: str) -> Literal["lr", "C"]:
    """Return the hyper-parameter that tuning runs of ``name`` vary.

    Raises:
        UnknownNameError: no such baseline.
    """
    if name not in BASELINES:
        raise UnknownNameError("baseline", name, BASELINES)
    return "C" if name == TRIVIAL else "lr"


def tuning_ladder(name: str, lr: float, count: int) -> list[dict[str, float]]:
    """Return the settings of the first ``count`` tuning runs, for example ``[{"lr": 5e-4}, {"lr": 1.58e-3}]``.

    Args:
        name: a baseline.
        lr: learning rate of the found network, the first that is tried.
        count: tuning runs, at most 13.

    Raises:
        UnknownNameError: no such baseline.
        ValueError: the ladder is not that long.
    """
    setting = tuned_setting(name)
    if not 0 <= count <= len(_EXPONENTS):
        raise ValueError(f"a baseline has between 0 and {len(_EXPONENTS)} tuning runs, found {count}")
    first = _FIRST_C if setting == "C" else lr
    return [{setting: first * 10**exponent} for exponent in _EXPONENTS[:count]]
