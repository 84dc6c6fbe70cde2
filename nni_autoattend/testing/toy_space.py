"""A model space that knows nothing of us, and data for it, small enough for a strategy to run in a second."""

import torch
from nni.nas.evaluator.pytorch import Classification, DataLoader
from nni.nas.evaluator.pytorch.lightning import Lightning
from nni.nas.nn.pytorch import LayerChoice, ModelSpace
from torch import Tensor, nn
from torch.utils.data import TensorDataset

WIDTH = 8


class ToySpace(ModelSpace):  # type: ignore[misc]  # NNI has no types
    """Points in the plane to two logits, through three layers that are searched: 4 * 4 * 3 samples."""

    def __init__(self) -> None:
        super().__init__()
        self.first = LayerChoice(_layers(2), label="first")
        self.second = LayerChoice(_layers(WIDTH), label="second")
        self.third = LayerChoice({"tanh": nn.Tanh(), "relu": nn.ReLU(), "none": nn.Identity()}, label="third")
        self.head = nn.Linear(WIDTH, 2)

    def forward(self, points: Tensor) -> Tensor:
        """Return logits (points, 2) of points (points, 2)."""
        logits: Tensor = self.head(self.third(self.second(self.first(points))))
        return logits


def toy_inputs() -> tuple[Tensor]:
    """Return what ``ToySpace.forward`` takes: points (6, 2)."""
    return (torch.linspace(-1.0, 1.0, 12).view(6, 2),)


def toy_evaluator() -> Lightning:
    """Return a Lightning evaluator for ``ToySpace``: one epoch of four steps, ``val_acc`` as its metric."""
    points = torch.randn(64, 2, generator=torch.Generator().manual_seed(0))
    data = TensorDataset(points, (points[:, 0] > points[:, 1]).long())
    return Classification(
        num_classes=2,
        learning_rate=0.05,
        max_epochs=1,
        train_dataloaders=DataLoader(data, batch_size=16),
        val_dataloaders=DataLoader(data, batch_size=32),
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def _layers(width: int) -> dict[str, nn.Module]:
    return {
        "linear": nn.Linear(width, WIDTH),
        "tanh": nn.Sequential(nn.Linear(width, WIDTH), nn.Tanh()),
        "narrow": nn.Sequential(nn.Linear(width, 2), nn.Linear(2, WIDTH)),
        "bare": nn.Linear(width, WIDTH, bias=False),
    }
