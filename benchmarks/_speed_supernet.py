"""The supernet of the speed benchmark, which the reference path and the fast path both run on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks._speed_batches import Batch
from nni_autoattend.datasets.batches import TextInput
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.genes import Sample
from nni_autoattend.network.plain import classify
from nni_autoattend.recipes import SpaceRecipe, StrategyRecipe
from nni_autoattend.space.text import TextSpace
from nni_autoattend.strategy.detached_steps import DetachedSteps
from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.strategy.supernet_step import SupernetStep
from nni_autoattend.strategy.table import build_strategy
from nni_autoattend.training.lightning import Classification
from nni_autoattend.training.touched import TouchedSteps


class SpeedSupernet:
    """A supernet as the strategy trains it, and the same weights on the reference path.

    The reference is ``network.plain`` under the released protocol on a current torch: one path after another, the stem
    computed anew for each; the norm of all weights' gradients clipped; Adam over all weights, which passes over those
    without a gradient.

    Args:
        space, strategy: recipes.
        dimensions: of the data.
    """

    def __init__(self, space: SpaceRecipe, strategy: StrategyRecipe, dimensions: TextDimensions) -> None:
        torch.manual_seed(0)
        built: Any = build_strategy(strategy, 0)
        self.space, self.clip = space, strategy.search.clip
        self.model = TextSpace.from_recipe(space, dimensions)
        built.mutate_model(self.model)
        module = Classification(strategy.search, "accuracy", dimensions.classes)
        module.set_model(self.model)
        module.train()
        self.steps = DetachedSteps(module)
        self.step = SupernetStep(self.steps, self.model, self.clip)
        self._touched = TouchedSteps(self.step.optimizer, self.clip)
        self.weights = [weight for weight in self.model.parameters() if weight.requires_grad]
        self.optimizer = torch.optim.Adam(
            self.weights, lr=strategy.search.lr, weight_decay=strategy.search.weight_decay
        )
        self._samples, self._rng = SampleSpace(self.model), Random(0)

    def draw(self, count: int) -> list[Sample]:
        """Draw architectures uniformly, as a step does."""
        return self._samples.distinct(count, self._rng)

    def reference_logits(self, text: TextInput, sample: Sample) -> Tensor:
        """Return the logits of one architecture, by torch's own layers on the padded batch."""
        model = self.model
        slots: Any = model.encoder.weights
        return classify(model.architecture(sample), model.embedding, model.stem, slots, model.head, text)

    def reference_pass(self, batch: Batch, samples: Iterable[Sample]) -> None:
        """Go forward and backward for each path, one after another."""
        text, labels = batch.fresh
        for sample in samples:
            loss = F.cross_entropy(self.reference_logits(text, sample), labels)
            loss.backward()  # type: ignore[no-untyped-call]

    def fast_pass(self, batch: Batch, samples: Sequence[Sample]) -> None:
        """Go forward and backward as a step does, with as many paths at once as it takes."""
        for learned in self.steps.learn(batch.fresh, 0, samples):
            if learned.gradients is not None:
                learned.gradients.add()

    def fast_pass_together(self, batch: Batch, samples: Sequence[Sample]) -> None:
        """Go forward and backward with all paths at once, whatever memory it takes."""
        text, labels = batch.fresh
        logits = self.model.forward_paths(text, samples)
        losses = F.cross_entropy(logits.flatten(0, 1), labels.repeat(len(samples)), reduction="sum")
        (losses / len(labels)).backward()  # type: ignore[no-untyped-call]

    def reference_step(self, batch: Batch, samples: Sequence[Sample]) -> None:
        """Take a step: all paths, then ``reference_update``."""
        self.reference_pass(batch, samples)
        self.reference_update()

    def reference_update(self) -> None:
        """Clip over all weights, step Adam over all weights, forget the gradients."""
        nn.utils.clip_grad_norm_(self.weights, self.clip)
        self.optimizer.step()
        self.optimizer.zero_grad()

    def fast_step(self, batch: Batch, samples: Sequence[Sample]) -> None:
        """Take a step as the strategy does."""
        self.step.take(batch.fresh, 0, samples)

    def fast_update(self) -> None:
        """Clip and step the weights that have gradients, and forget these; what ends ``fast_step``."""
        self._touched.take()

    def forget_gradients(self) -> None:
        """Drop all gradients; nobody's time."""
        for weight in self.weights:
            weight.grad = None
