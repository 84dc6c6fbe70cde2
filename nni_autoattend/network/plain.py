"""One architecture on padded batches, from torch's own layers: the reference for ``paths.run_paths``.

It is what the paper's figure says, edge by edge; tests and benchmarks hold the fast forward pass against it.
"""

from torch import Tensor, nn

from nni_autoattend.architecture import Architecture
from nni_autoattend.datasets.batches import TextInput
from nni_autoattend.network.head import Head
from nni_autoattend.network.slots import Slots
from nni_autoattend.network.stem import Stem


def run_path(architecture: Architecture, states0: Tensor, mask: Tensor, slots: Slots) -> Tensor:
    """Run one architecture.

    Args:
        architecture: what to run.
        states0: (B, L, C), the stem's output, zero at padded positions.
        mask: (B, L) bool, true at real tokens.
        slots: the modules.

    Returns:
        (B, L, C), the last layer's state, zero at padded positions.
    """
    states = [states0]
    for target, layer in enumerate(architecture.layers, start=1):
        edges = architecture.edges_of(target)
        operands = [slots.operation(edge)(states[edge.source], mask) for edge in edges]
        states.append(slots.aggregation(target, layer.kind)(operands, mask))
    return states[-1]


def classify(
    architecture: Architecture, embedding: nn.Module, stem: Stem, slots: Slots, head: Head, text: TextInput
) -> Tensor:
    """Return the logits (texts, classes) of one architecture."""
    states = run_path(architecture, stem(embedding(text.tokens), text.mask), text.mask, slots)
    logits: Tensor = head(states, text.mask, text.owner)
    return logits
