"""What the spaces of all kinds of data are: parts around a searched encoder, as one NNI model space."""

from abc import abstractmethod
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from nni.mutable.exception import SampleValidationError
from nni.nas.nn.pytorch import ModelSpace
from nni.nas.space import model_context
from torch import Tensor, nn

from nni_autoattend.architecture import Architecture
from nni_autoattend.errors import RecipeError
from nni_autoattend.genes import Genes, Sample
from nni_autoattend.names import resolve
from nni_autoattend.recipes import SharingMode, SpaceRecipe
from nni_autoattend.schema import to_plain
from nni_autoattend.settings import NetworkShape
from nni_autoattend.space.encoder import MutableEncoder

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11

MUTATOR = "nni_autoattend.supernet.mutator:mutation_hooks"
"""The hooks that turn a space into a supernet; named, not imported: supernets stand on spaces, not the reverse."""


class SearchedSpace(ModelSpace):  # type: ignore[misc]  # NNI has no types
    """Data in, logits out, the Key/Query/Value encoder in between searched (AutoAttend, figures (a) and (b)).

    A subclass takes genes, shape, sharing mode, dimensions and seed as plain values (NNI stores them and builds the
    space again from them elsewhere), builds the parts around the encoder, names them in ``fixed_parts``, calls
    ``add_encoder``, and runs them all (``run``).
    """

    fixed_parts: ClassVar[tuple[str, ...]]
    """Attributes that are the same in every network of the space."""
    genes: Genes
    encoder: nn.Module

    def add_encoder(self, genes: Genes, shape: NetworkShape, sharing: SharingMode, seed: int) -> None:
        """Add the searched part.

        Args:
            genes: what may vary.
            shape: widths and rates of the encoder.
            sharing: sharing mode of a supernet made from the space.
            seed: seed of the supernet's own paths.
        """
        self.genes = genes
        self.encoder = MutableEncoder(genes, shape, sharing, seed)
        self._searched = list(getattr(self.encoder, "mutables", ()))

    @classmethod
    def from_recipe(cls, recipe: SpaceRecipe, dimensions: Any, seed: int = 0) -> "Self":
        """Build the space of a recipe for data of the given dimensions (``TextDimensions``, ``GraphDimensions``)."""
        return cls(to_plain(recipe.genes), to_plain(recipe.search), recipe.sharing, to_plain(dimensions), seed)

    @abstractmethod
    def run(self, encoder: Callable[..., Tensor], data: Any, paths: int = 1, seed: int | None = None) -> Tensor:
        """Return the logits (P, items, classes) of what ``encoder`` makes of ``paths`` copies of the first state."""

    def forward(self, data: Any) -> Tensor:
        """Return logits (items, classes); only a frozen or mutated space can."""
        return self.run(self.encoder, data)[0]

    def forward_paths(self, data: Any, samples: Sequence[Sample], seed: int | None = None) -> Tensor:
        """Return logits (P, items, classes) of P samples, run together on the weights of a supernet.

        Threads may run several of these at a time; give each a ``seed``, or what dropout draws depends on their order.

        Raises:
            RecipeError: the space is not a supernet of paths.
        """
        run = getattr(self.encoder, "run", None)
        if run is None:
            raise RecipeError("only a supernet of paths runs several of them: let a strategy mutate the space first")
        encoder = partial(run, [self.architecture(sample) for sample in samples])
        return self.run(encoder, data, len(samples), seed)

    def freeze(self, sample: Sample) -> nn.Module:
        """Return the network of ``sample``; a supernet hands its weights down, a bare space starts fresh ones."""
        self.validate(sample)
        with model_context(sample):
            frozen = type(self)(*self.trace_args, **self.trace_kwargs)
        for part in self.fixed_parts:
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
