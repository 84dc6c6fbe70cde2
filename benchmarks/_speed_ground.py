"""What all rows of the speed benchmark stand on, and how much each of them measures."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks._speed_batches import LENGTH_CLASSES, class_batches
from benchmarks._speed_supernet import SpeedSupernet
from benchmarks._speed_texts import SpeedTexts, load_texts
from nni_autoattend.recipes import SpaceRecipe, StrategyRecipe, load_space, load_strategy

SPACE, STRATEGY = "autoattend-text", "autoattend"
"""As published: 24 layers, width 64, sharing ``full``; 16 paths a step, batches of 128, Adam, norm clipped at 5."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        rounds: of each length class; a round has a batch and the paths of a step.
        reference_paths: how many of them the reference runs (and the fast path one by one and two by two).
        strata: batches that stand for an epoch.
        steps: steps on bucketed batches.
        random_steps: steps on random batches.
        updates: of the optimiser alone.
        evaluations: rounds of evaluation: one architecture on the reference path, four on each fast one.
        retrain_steps: steps of the published architecture on each kind of batch.
        memory_steps: real steps of a process whose memory is watched.
    """

    rounds: int = 4
    reference_paths: int = 4
    strata: int = 16
    steps: int = 6
    random_steps: int = 2
    updates: int = 8
    evaluations: int = 6
    retrain_steps: int = 6
    memory_steps: int = 20


@dataclass(frozen=True)
class Setting:
    """From what the ground of all rows is made, in this process or in another one: plain values.

    Attributes:
        root: folder of the treebank; ``None``: generated texts.
        cache: folder where the encoded treebank is kept.
        threads: of torch.
        sizes: how much is measured.
        space, strategy: dotted keys of the recipes with other values.
        parts: texts of each generated part; ``None``: as many as the treebank has.
    """

    root: str | None
    cache: str
    threads: int
    sizes: Sizes = field(default_factory=Sizes)
    space: dict[str, Any] = field(default_factory=dict)
    strategy: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, int] | None = None

    def ground(self) -> Ground:
        """Load the texts and the recipes.

        Raises:
            AutoAttendError: the texts are not there, or a recipe is wrong.
        """
        texts = load_texts(None if self.root is None else Path(self.root), Path(self.cache), self.parts)
        space, strategy = load_space(SPACE, self.space), load_strategy(STRATEGY, self.strategy)
        return Ground(texts, space, strategy, self.sizes, self.threads)


@dataclass(frozen=True, eq=False)
class Ground:
    """What all rows stand on."""

    texts: SpeedTexts
    space: SpaceRecipe
    strategy: StrategyRecipe
    sizes: Sizes
    threads: int

    @property
    def batch_size(self) -> int:
        """Texts of a training batch."""
        return self.strategy.search.batch_size

    @property
    def paths(self) -> int:
        """Paths of a step."""
        return int(self.strategy.arguments["paths"])

    @cached_property
    def net(self) -> SpeedSupernet:
        """The supernet, both of whose paths are warm."""
        net = SpeedSupernet(self.space, self.strategy, self.texts.dimensions)
        for low, high in LENGTH_CLASSES.values():
            batch = next(class_batches(self.texts.phrases, low, high, self.batch_size, seed=1))
            net.reference_pass(batch, net.draw(1))
            net.fast_pass(batch, net.draw(2))
        net.forget_gradients()
        return net
