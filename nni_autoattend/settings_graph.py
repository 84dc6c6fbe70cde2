"""How networks on graphs are shaped, as checked values."""

from dataclasses import dataclass
from typing import Literal, get_args

from nni_autoattend.settings import NetworkShape

Activation = Literal["tanh", "relu", "elu"]
StateNorm = Literal["none", "layer"]


@dataclass(frozen=True)
class GraphShape(NetworkShape):
    """Widths and rates of a network on a graph; not searched.

    The paper is silent about all of them. The authors' lab's released graph space has width 64, 8 heads, dropout 0.7 to
    0.9 before every operation, tanh after it, batch normalisation and residual as options that are off.

    Attributes:
        width, heads, attention_dropout, aggregation_dropout: see ``NetworkShape``.
        dropout: rate on the input of every weighted operation, and on the attention weights inside it.
        input_dropout: rate on the features.
        activation: after the stem and after every weighted operation.
        residual: attention adds its Query to what it gathers (an addition is a sum already).
        normalise: ``layer``: a learned norm of each node's channels ends every functional layer.
        unit_features: a node's features are scaled to Euclidean length 1 before the stem (rows that sum to 1, as
            Planetoid's do, make first states so small that a supernet hardly begins to learn).
    """

    input_dropout: float
    activation: Activation
    residual: bool
    normalise: StateNorm
    unit_features: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.input_dropout < 1:
            raise ValueError(f"input_dropout must lie in [0, 1), found {self.input_dropout}")
        _one_of(get_args(Activation), activation=self.activation)
        _one_of(get_args(StateNorm), normalise=self.normalise)


def _one_of(known: tuple[str, ...], **values: str) -> None:
    for name, value in values.items():
        if value not in known:
            raise ValueError(f"{name} must be one of {', '.join(known)}, found {value!r}")
