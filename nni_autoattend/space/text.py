"""The text space: embedding, stem and head around the searched encoder, as an NNI model space."""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from random import Random
from typing import Any

from nni.mutable.exception import SampleValidationError
from nni.nas.nn.pytorch import ModelSpace
from nni.nas.space import model_context
from torch import Tensor, nn

from nni_autoattend.architecture import Architecture
from nni_autoattend.datasets.batches import TextInput
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.errors import RecipeError
from nni_autoattend.genes import Genes, Sample
from nni_autoattend.names import resolve
from nni_autoattend.network.head import Head
from nni_autoattend.network.stem import Stem
from nni_autoattend.network.text import build_embedding, forward_text
from nni_autoattend.recipes import SharingMode, SpaceRecipe
from nni_autoattend.schema import read, to_plain
from nni_autoattend.settings import NetworkShape
from nni_autoattend.space.encoder import MutableEncoder

MUTATOR = "nni_autoattend.supernet.mutator:mutation_hooks"
"""The hooks that turn the space into a supernet; named, not imported: supernets stand on spaces, not the reverse."""


class TextSpace(ModelSpace):  # type: ignore[misc]  # NNI has no types
    """Texts in, logits out, the Key/Query/Value encoder in between searched (AutoAttend, figures (a) and (b)).

    The arguments are plain values, because NNI stores them and builds the space again from them elsewhere.

    Args:
        genes: fields of ``Genes``.
        shape: fields of ``NetworkShape``.
        sharing: sharing mode of a supernet made from the space.
        dimensions: fields of ``TextDimensions``.
        seed: seed of the supernet's own paths.
    """

    def __init__(
        self,
        genes: dict[str, Any],
        shape: dict[str, Any],
        sharing: SharingMode,
        dimensions: dict[str, Any],
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.genes = read(Genes, genes, "genes of the text space")
        sizes = read(TextDimensions, dimensions, "dimensions of the text space")
        widths = read(NetworkShape, shape, "shape of the text space")
        self.embedding = build_embedding(sizes)
        self.stem = Stem(sizes.embedding_width, widths.width, widths.dropout)
        self.encoder: nn.Module = MutableEncoder(self.genes, widths, sharing, seed)
        self.head = Head(widths.width, sizes.classes)
        self._searched = list(getattr(self.encoder, "mutables", ()))

    @classmethod
    def from_recipe(cls, recipe: SpaceRecipe, dimensions: TextDimensions, seed: int = 0) -> "TextSpace":
        """Build the space of a recipe for data of the given dimensions."""
        return cls(to_plain(recipe.genes), to_plain(recipe.search), recipe.sharing, to_plain(dimensions), seed)

    def forward(self, text: TextInput) -> Tensor:
        """Return logits (texts, classes); only a frozen or mutated space can."""
        return forward_text(self.embedding, self.stem, self.encoder, self.head, text)[0]

    def forward_paths(self, text: TextInput, samples: Sequence[Sample], seed: int | None = None) -> Tensor:
        """Return logits (P, texts, classes) of P samples, run together on the weights of a supernet.

        Threads may run several of these at a time; give each a ``seed``, or what dropout draws depends on their order.

        Raises:
            RecipeError: the space is not a supernet of paths.
        """
        run = getattr(self.encoder, "run", None)
        if run is None:
            raise RecipeError("only a supernet of paths runs several of them: let a strategy mutate the space first")
        encoder = partial(run, [self.architecture(sample) for sample in samples])
        return forward_text(self.embedding, self.stem, encoder, self.head, text, len(samples), seed)

    def freeze(self, sample: Sample) -> nn.Module:
        """Return the network of ``sample``; a supernet hands its weights down, a bare space starts fresh ones."""
        self.validate(sample)
        with model_context(sample):
            frozen = type(self)(*self.trace_args, **self.trace_kwargs)
        for part in ("embedding", "stem", "head"):
            getattr(frozen, part).load_state_dict(getattr(self, part).state_dict())
        frozen.encoder = self.encoder.freeze(sample)  # type: ignore[operator]  # mutable, or a supernet
        return frozen

    def check_contains(self, sample: Sample) -> SampleValidationError | None:
        """Return what is wrong with ``sample``, if anything.

        NNI's own way looks for mutables in every module of a supernet, which took a tenth of a second for each path.
        """
        errors = (mutable.check_contains(sample) for mutable in self._searched)
        return next((error for error in errors if error is not None), None)

    def extra_oneshot_hooks(self, strategy: object) -> list[Callable[..., Any]]:
        """Return the mutation hooks with which NNI's one-shot strategies turn this space into a supernet."""
        hooks: list[Callable[..., Any]] = resolve(MUTATOR)(strategy)
        return hooks

    def canonical(self, sample: Sample) -> Hashable:
        """Return what two samples of one network have in common (``Architecture.network_key``)."""
        return self.genes.from_sample(sample).network_key()

    def mutate(self, sample: Sample, rate: float, rng: Random) -> Sample:
        """Return a mutant of ``sample`` by AutoAttend's rule (``Genes.mutate``)."""
        return self.genes.to_sample(self.genes.mutate(self.architecture(sample), rate, rng))

    def architecture(self, sample: Sample) -> Architecture:
        """Return the architecture that ``sample`` encodes."""
        return self.genes.from_sample(sample)
