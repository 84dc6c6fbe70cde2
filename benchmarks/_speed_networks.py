"""What the speed benchmark measures beside training a supernet: evaluations with its weights, and retraining."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks._speed_batches import Batch, sample_epoch
from benchmarks._speed_clock import FAST, REFERENCE, Timed, Variants, summary, time_rounds
from benchmarks._speed_ground import Ground
from benchmarks._speed_rows import against, by_pools
from nni_autoattend.datasets.batches import TextInput, TextLoader, collate
from nni_autoattend.datasets.by_modality import TOKENS_TO_EVALUATE
from nni_autoattend.datasets.encoded import EncodedTexts
from nni_autoattend.genes import Sample
from nni_autoattend.network.plain import classify
from nni_autoattend.network.text import TextNetwork, count_parameters
from nni_autoattend.published import SST5
from nni_autoattend.settings import TrainingSettings
from nni_autoattend.training.evaluation import evaluating, logits_of_each
from nni_autoattend.training.metrics import score
from nni_autoattend.training.step import AdamStep

WORKERS = "fast, workers"
_OFFICIAL_BATCH = 512
_FAST_AT_ONCE = 4
"""Architectures that a round evaluates on each fast path, for one on the reference path."""
_RETRAINING = TrainingSettings(epochs=1, batch_size=128, lr=5e-4, clip=1.0)


def measure_evaluations(ground: Ground) -> dict[str, Any]:
    """Measure seconds per architecture: accuracy on the sentences of the development split, inherited weights.

    The reference scores them in their own order in padded batches of 512; the fast path takes each distinct text once,
    by length. ``workers`` scores several architectures side by side, one thread each, as a search does.
    """
    net, dev, sizes = ground.net, ground.texts.dev, ground.sizes
    loader = TextLoader(dev, shuffle=False, tokens=TOKENS_TO_EVALUATE)
    padded = _official_batches(dev)
    at_once = _FAST_AT_ONCE * max(1, ground.threads // 2)

    def reference(samples: Sequence[Sample]) -> None:
        with evaluating(net.model):
            for sample in samples:
                _accuracy(torch.cat([net.reference_logits(_fresh(text), sample) for text in padded]), dev)

    def fast(samples: Sequence[Sample]) -> None:
        for sample in samples:
            list(net.steps.fitnesses(loader, [sample]))

    def workers(samples: Sequence[Sample]) -> None:
        list(net.steps.fitnesses(loader, samples))

    def make() -> Variants:
        drawn = net.draw(at_once)
        named = ((REFERENCE, reference, drawn[:1]), (FAST, fast, drawn[:_FAST_AT_ONCE]), (WORKERS, workers, drawn))
        return {name: Timed(len(own), partial(work, own)) for name, work, own in named}

    difference = _difference(ground, padded, loader)  # also finds the distinct texts, once for all evaluations
    timings = summary(time_rounds([make] * sizes.evaluations))
    counted: dict[str, float] = {"texts": len(dev), "distinct": len(dev.distinct.texts), "workers": ground.threads}
    counted["largest_logit_difference"] = difference
    return {"unit": "architecture", "timings": timings, "ratios": against(timings, REFERENCE), **counted}


def _difference(ground: Ground, padded: Sequence[TextInput], loader: TextLoader) -> float:
    """Return how far the logits of the two paths lie apart at most, for one architecture."""
    net = ground.net
    (sample,) = net.draw(1)
    with evaluating(net.model):
        reference = torch.cat([net.reference_logits(text, sample) for text in padded])
    (fast,) = logits_of_each(net.model, [lambda text: net.model.forward_paths(text, [sample])[0]], loader)
    return float((reference - fast).abs().max())


def measure_retraining(ground: Ground) -> dict[str, Any]:
    """Measure seconds per step of the published architecture on sentences, random batches and bucketed ones."""
    genes, size = ground.space.genes, _RETRAINING.batch_size
    torch.manual_seed(0)
    architecture = genes.from_published(SST5[: genes.layers])
    network = TextNetwork(architecture, ground.space.search, ground.texts.dimensions).train()
    steps = {
        REFERENCE: AdamStep(PlainNetwork(copy.deepcopy(network)), _RETRAINING),
        FAST: AdamStep(network, _RETRAINING),
    }
    samples = {
        pool: sample_epoch(ground.texts.roots, size, pool, ground.sizes.retrain_steps, seed=0) for pool in (0, 50)
    }
    for step in steps.values():
        step.take(*samples[0].batches[0].fresh)  # Adam's moments

    def variants(pool: int, batch: Batch) -> Variants:
        return {
            f"{name}, pool {pool}": Timed(1, partial(_take, step, batch), batch.weight) for name, step in steps.items()
        }

    return {**by_pools("step", samples, variants), "parameters": count_parameters(network)}


class PlainNetwork(nn.Module):
    """A stand-alone network on the reference path."""

    def __init__(self, network: TextNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, text: TextInput) -> Tensor:
        """Return logits (texts, classes)."""
        own = self.network
        slots: Any = own.encoder
        return classify(own.architecture, own.embedding, own.stem, slots, own.head, text)


def _take(step: AdamStep, batch: Batch) -> None:
    step.take(*batch.fresh)


def _official_batches(texts: EncodedTexts) -> list[TextInput]:
    starts = range(0, len(texts), _OFFICIAL_BATCH)
    return [collate(texts.windows[start : start + _OFFICIAL_BATCH]) for start in starts]


def _fresh(text: TextInput) -> TextInput:
    return TextInput(text.tokens, text.mask, text.owner)


def _accuracy(logits: Tensor, texts: EncodedTexts) -> float:
    return score("accuracy", texts.labels, logits.argmax(dim=1), logits.shape[1])
