"""A trial the way NNI's own NAS trials work: model space, evaluator and Lightning imported in its process.

``python -m benchmarks._overhead_plain SETTINGS_FILE``: the same network on the same data as our trial.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nni
import nni.nas.strategy  # what loading a NAS trial's payload imports
import pytorch_lightning as pl
from nni.nas.space import model_context

from benchmarks._overhead_marks import step_begins, step_is_done
from nni_autoattend.datasets.by_modality import load_splits, prepare, scoring_loader, training_loader
from nni_autoattend.nnictl.settings_file import read_settings
from nni_autoattend.space.text import TextSpace
from nni_autoattend.training.lightning import Classification, lightning_evaluator


class Marks(pl.Callback):  # type: ignore[misc]  # Lightning has no types
    """Marks the first step of a Trainer."""

    def on_train_batch_start(self, *of: Any) -> None:
        """Mark its beginning."""
        step_begins()

    def on_train_batch_end(self, *of: Any) -> None:
        """Mark its end."""
        step_is_done()


def main(file: str) -> None:
    """Train the network of the parameters."""
    sample: dict[str, Any] = nni.get_next_parameter()
    settings = read_settings(Path(file))
    search, data = settings.strategy.search, prepare(settings.data, load_splits(settings.data), None)
    with model_context(sample):
        network = TextSpace.from_recipe(settings.space, data.dimensions)
    module = Classification(search, data.metric, data.dimensions.classes)
    module.set_model(network)
    train = training_loader(data.train, search, 0)
    evaluator = lightning_evaluator(module, train, scoring_loader(data.search, search.batch_size), [Marks()])
    evaluator.trainer.fit(module, train, evaluator.val_dataloaders)


if __name__ == "__main__":
    main(sys.argv[1])
