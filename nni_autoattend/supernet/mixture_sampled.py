"""One path of a mixture, its choices behind binary gates."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from nni_autoattend.genes import Genes, Sample, label
from nni_autoattend.ops.noise import Noise
from nni_autoattend.supernet.mixture_alternatives import Alternatives, Place
from nni_autoattend.supernet.mixture_edges import Branch, EdgeMixer
from nni_autoattend.supernet.mixture_gates import BinaryGates


class SampledPath:
    """Runs the path of a sample; its gradients reach the weights that it uses, and the alphas of its choices.

    Gates stand where the mixture has its weights: behind each operation (its own choice, the kind of its source and,
    for the right operand, the source), behind an attention layer (the source and its kind, so Key and Value move
    together), and behind the last layer (its kind).

    Args:
        genes: of the space.
        sample: the drawn value of every label.
        weights: label -> probabilities of its values.
        mixer: runs edges.
        noise: the randomness of dropout.
        learns: whether anybody wants the alphas' gradients; asked in the backward pass.
    """

    def __init__(
        self,
        genes: Genes,
        sample: Sample,
        weights: Mapping[str, Tensor],
        mixer: EdgeMixer,
        noise: Noise | None,
        learns: Callable[[], bool],
    ) -> None:
        self.others, self.mixer, self.noise = Alternatives(genes, sample, mixer), mixer, noise
        chosen = {name: values.index(sample[name]) for name, values in genes.labels().items()}
        self.gates = BinaryGates(weights, chosen, learns)
        self.path = self.others.path

    def run(self, states: Tensor) -> Tensor:
        """Run the path on the stem's output (T, C); return (T, C)."""
        branches = [self._made(0, states)]
        for target in range(1, len(self.path.layers) + 1):
            branches.append(self._made(target, self._layer(target, branches)))
        last = len(self.path.layers)
        return self.gates([branches[-1].states], [[label(last, "kind")]], self.others.of_last)[0]

    def _made(self, source: int, states: Tensor) -> Branch:
        branch = Branch.of(source, self.path.kind_of_state(source), states.new_ones(()), states)
        self.others.note(branch)
        return branch

    def _layer(self, target: int, branches: Sequence[Branch]) -> Tensor:
        layer, places = self.path.layers[target - 1], self.others.places(target)
        operands = []
        for edge in self.path.edges_of(target):
            read = [(edge.role, branches[edge.source])]
            operands.append(self.mixer.operate(edge.operation, target, read, self.noise)[0])
        if len(operands) < len(places):  # a zero operation, instead of which another might run
            operands.append(torch.zeros_like(operands[0]))
        labels = [self._labels(target, place) for place in places]
        operands = self.gates(operands, labels, partial(self.others.of_operands, target))
        result = self.mixer.aggregate(target, layer.kind, [operand.unsqueeze(0) for operand in operands], self.noise)[0]
        if layer.kind == "addition":
            return result
        others = partial(self.others.of_sources, target, operands[0].detach())
        return self.gates([result], [[label(target, "source"), *_kind(layer.source)]], others)[0]

    @staticmethod
    def _labels(target: int, place: Place) -> list[str]:
        """Return the choices that an operand depends on by itself."""
        own = [label(target, place.gene)]
        if place.role in ("key", "value"):
            return own
        return [*own, *_kind(place.source), *([label(target, "source")] if place.gene == "right_op" else [])]


def _kind(source: int) -> list[str]:
    return [label(source, "kind")] if source else []
