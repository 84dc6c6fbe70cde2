"""The sizes that data gives to a graph network."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GraphDimensions:
    """What a network must know of the data.

    Attributes:
        features: numbers that describe a node.
        classes: number of labels.
        multi_label: a node may have several labels, or none of them.
    """

    features: int
    classes: int
    multi_label: bool = False
