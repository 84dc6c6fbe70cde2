"""Who knows which module works where."""

from typing import Any, Protocol

from nni_autoattend.architecture import Edge, LayerKind
from nni_autoattend.network.aggregation import Aggregation
from nni_autoattend.ops.operation import EdgeOperation


class Slots(Protocol):
    """A stand-alone encoder, or a supernet with shared weights."""

    def operation(self, edge: Edge) -> EdgeOperation[Any]:
        """Return the operation of ``edge``."""
        ...

    def aggregation(self, target: int, kind: LayerKind) -> Aggregation[Any]:
        """Return the aggregation of layer ``target`` when it is of ``kind``."""
        ...
