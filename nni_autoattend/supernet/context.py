"""Context-aware parameter sharing: from an edge and its context to the key of its weights.

Source: AutoAttend (ICML 2021), figure (c), and the released ``Encoder._get_path_name``: in mode ``full`` (``fc``) a
weight belongs to (source, target, operation, kind of the source's layer, role at the target); ``target`` (``tc``)
drops the source's kind, ``source`` (``sc``) drops the role, ``none`` (``nc``) drops both. Ours is ``affine``: a module
per context as in ``full``, whose matrices are those of ``none`` (``own_affine.py``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nni_autoattend.architecture import Edge, LayerKind, Role
from nni_autoattend.genes import Genes
from nni_autoattend.recipes import SharingMode

_KEEPS_SOURCE_KIND = ("full", "affine", "source")
_KEEPS_ROLE = ("full", "affine", "target")


@dataclass(frozen=True, slots=True)
class Slot:
    """Where weights are kept: a context without its operation; parts that the sharing mode drops are ``None``."""

    target: int
    source: int
    role: Role | None
    source_kind: LayerKind | None

    def key(self, operation: str) -> str:
        """Return the readable key of an operation's weights: ``07_03_query_attention_conv3``."""
        parts = (f"{self.target:02d}", f"{self.source:02d}", self.role, self.source_kind, operation)
        return "_".join(part for part in parts if part is not None)

    def without_context(self) -> "Slot":
        """Return the slot of mode ``none`` that this one lies in: the same source and target alone."""
        return replace(self, role=None, source_kind=None)


def slot_of(edge: Edge, mode: SharingMode) -> Slot:
    """Return the slot whose weights ``edge`` uses in sharing mode ``mode``."""
    return _drop(Slot(edge.target, edge.source, edge.role, edge.source_kind), mode)


def reachable_slots(genes: Genes, mode: SharingMode) -> list[Slot]:
    """Return every slot that some architecture of the space uses, in a fixed order.

    At 24 layers with both kinds: 1,775 in modes ``full`` and ``affine``, 924 ``target``, 576 ``source``, 300 ``none``.
    """
    return list(dict.fromkeys(_drop(slot, mode) for slot in _all_contexts(genes)))


def _drop(slot: Slot, mode: SharingMode) -> Slot:
    if mode not in _KEEPS_ROLE:
        slot = replace(slot, role=None)
    return slot if mode in _KEEPS_SOURCE_KIND else replace(slot, source_kind=None)


def _all_contexts(genes: Genes) -> Iterator[Slot]:
    for target in range(1, genes.layers + 1):
        for source in range(target):
            kinds: tuple[LayerKind | None, ...] = genes.kinds if source else (None,)
            for role in _roles(genes, is_previous=source == target - 1):
                for kind in kinds:
                    yield Slot(target, source, role, kind)


def _roles(genes: Genes, is_previous: bool) -> Iterator[Role]:
    if "addition" in genes.kinds:
        yield "feature"
    if "attention" in genes.kinds:
        if is_previous:  # the Query always reads the previous state
            yield "query"
        yield "key"
        yield "value"
