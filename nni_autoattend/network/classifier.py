"""A trained text classifier: texts in, labels and probabilities out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from nni_autoattend.architecture import Architecture
from nni_autoattend.datasets.batches import collate
from nni_autoattend.datasets.codec import TextCodec
from nni_autoattend.datasets.encoded import window_tensors
from nni_autoattend.errors import DataError
from nni_autoattend.network.text import TextNetwork


@dataclass(frozen=True)
class Prediction:
    """What the classifier says of one text.

    Attributes:
        label: the most probable label.
        probabilities: every label's probability, in the order of the classes; they sum to 1.
    """

    label: str
    probabilities: dict[str, float]


class TextClassifier:
    """A network with the codec it was trained with.

    Args:
        network: the trained network; put into evaluation mode.
        codec: how texts become tokens, and the labels.
        description: what else is known of it (metric, task, scores).

    Raises:
        ValueError: network and codec differ in the number of words or classes.
    """

    def __init__(self, network: TextNetwork, codec: TextCodec, description: Mapping[str, Any]) -> None:
        sizes = (network.dimensions.vocabulary_size, network.dimensions.classes)
        if sizes != (len(codec.vocabulary), len(codec.labels)):
            raise ValueError(f"the network was built for {sizes[0]} words and {sizes[1]} classes, the codec for others")
        self.network, self.codec, self.description = network.eval(), codec, dict(description)

    @property
    def architecture(self) -> Architecture:
        """The network's architecture."""
        return self.network.architecture

    def predict(self, texts: Sequence[str], batch_size: int = 256) -> list[Prediction]:
        """Classify ``texts``, in their order; what stands beside a text does not change its result.

        Args:
            texts: any number of texts; one without any token counts as one unknown word.
            batch_size: texts that go through the network together.

        Raises:
            DataError: something among ``texts`` is not a text.
        """
        probabilities = self.probabilities(texts, batch_size).tolist()
        return [self._prediction(row) for row in probabilities]

    @torch.inference_mode()
    def probabilities(self, texts: Sequence[str], batch_size: int = 256) -> Tensor:
        """Return the class probabilities (texts, classes) as float64 on the CPU; see ``predict``."""
        windows = window_tensors([self.codec.encode_text(text) for text in _checked(texts)])
        # Texts of like length together: little is padded.
        order = sorted(range(len(windows)), key=lambda index: len(windows[index][0]))
        result = torch.empty(len(windows), len(self.codec.labels), dtype=torch.float64)
        device = self.network.embedding.weight.device
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            logits = self.network(collate([windows[index] for index in chosen]).to(device))
            result[chosen] = logits.cpu().double().softmax(dim=-1)
        return result

    def _prediction(self, probabilities: list[float]) -> Prediction:
        by_label = dict(zip(self.codec.labels, probabilities, strict=True))
        return Prediction(max(by_label, key=by_label.__getitem__), by_label)


def _checked(texts: Sequence[str]) -> Sequence[str]:
    if isinstance(texts, str):
        raise DataError("predict takes a list of texts, found one text: put it in a list")
    for row, text in enumerate(texts, start=1):
        if not isinstance(text, str):
            raise DataError(f"text {row} is not a text but {type(text).__name__} ({text!r})")
    return texts
