"""NNI's DARTS, GumbelDARTS and Proxyless, fed and watched as our runs need it.

The algorithms are NNI's own. Differences: alphas learn from shuffled batches of the validation loader (in our runs the
search half), an epoch is as long as the training data, every epoch ends with a validation, weights and alphas keep
their gradients apart, and the alphas stand in one order in every process, so that a checkpoint's optimiser state finds
its own again (NNI orders them by their places in memory).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from nni_autoattend.errors import RecipeError
from nni_autoattend.strategy.detached_steps import set_path
from nni_autoattend.strategy.paired_batches import PairedBatches
from nni_autoattend.supernet.nni_bases import (
    DartsLightningModule,
    GumbelDartsLightningModule,
    NniDarts,
    NniGumbelDarts,
    NniProxyless,
)


class _AlphaSteps:
    """Mixed into NNI's Lightning modules, whose steps it only surrounds."""

    def arch_parameters(self) -> list[nn.Parameter]:
        """Return every alpha once, in the order of the model's parameters."""
        wanted = {id(alpha) for alpha in super().arch_parameters()}  # type: ignore[misc]
        return [weight for weight in self.parameters() if id(weight) in wanted]  # type: ignore[attr-defined]

    def advance_optimization(self, *arguments: Any) -> None:
        """Take the weights' step; the alphas rest, so a sampled path need not ask what else might have run."""
        with _resting(self.arch_parameters()):
            super().advance_optimization(*arguments)  # type: ignore[misc]

    def validation_step(self, batch: Any, batch_idx: int) -> Any:
        """Validate the mixture, or the path that would be exported now where single paths run."""
        set_path(self.supernet_modules(), self.export())  # type: ignore[attr-defined]
        return self.training_module.validation_step(batch, batch_idx)  # type: ignore[attr-defined]


class _DartsModule(_AlphaSteps, DartsLightningModule):  # type: ignore[misc]  # NNI has no types
    pass


class _GumbelDartsModule(_AlphaSteps, GumbelDartsLightningModule):  # type: ignore[misc]
    pass


class _Loaders:
    """Mixed into NNI's strategies."""

    def train_dataloader(self, train_dataloader_fn: Callable[[], Any], val_dataloader_fn: Callable[[], Any]) -> Any:
        """Return pairs of a training and a validation batch; the second one is the alphas'."""
        return PairedBatches(train_dataloader_fn(), val_dataloader_fn())

    def val_dataloader(self, train_dataloader_fn: Callable[[], Any], val_dataloader_fn: Callable[[], Any]) -> Any:
        """Return the validation batches, for a curve."""
        return val_dataloader_fn()

    def _options(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _OPTIONS}


_OPTIONS = ("arc_learning_rate", "gradient_clip_val", "log_prob_every_n_step", "warmup_epochs", "penalty")


class DARTS(_Loaders, NniDarts):  # type: ignore[misc]  # NNI has no types
    """NNI's DARTS (Liu et al., ICLR 2019, first order), its arguments unchanged."""

    def configure_oneshot_module(self, training_module: Any) -> DartsLightningModule:
        """Return NNI's Lightning module in our surroundings."""
        return _DartsModule(training_module, **self._options())


class Proxyless(_Loaders, NniProxyless):  # type: ignore[misc]
    """NNI's Proxyless (Cai et al., ICLR 2019), its arguments unchanged."""

    def configure_oneshot_module(self, training_module: Any) -> DartsLightningModule:
        """Return NNI's Lightning module in our surroundings."""
        return _DartsModule(training_module, **self._options())


class GumbelDARTS(_Loaders, NniGumbelDarts):  # type: ignore[misc]
    """NNI's GumbelDARTS (SNAS, Xie et al., ICLR 2019), its arguments unchanged."""

    def configure_oneshot_module(self, training_module: Any) -> GumbelDartsLightningModule:
        """Return NNI's Lightning module in our surroundings.

        Raises:
            RecipeError: the temperature has no form that NNI knows.
        """
        try:
            scheduler = super().configure_oneshot_module(training_module).temperature_scheduler
        except (TypeError, ValueError) as error:
            wanted = "expected a number like 1.0, or {init: 1.0, min: 0.33} with init >= min >= 0"
            raise RecipeError(f"temperature {self.temperature!r}: {wanted}") from error
        return _GumbelDartsModule(training_module, scheduler, **self._options())


@contextmanager
def _resting(alphas: list[nn.Parameter]) -> Iterator[None]:
    learning = [alpha for alpha in alphas if alpha.requires_grad]
    for alpha in learning:
        alpha.requires_grad_(False)
    try:
        yield
    finally:
        for alpha in learning:
            alpha.requires_grad_(True)
