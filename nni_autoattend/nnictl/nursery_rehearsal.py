"""What the nursery does once, so that no fork has to: imports, the data, a first batch through a network.

Nothing here starts threads or computes gradients: neither survives a fork.
"""

import contextlib
from random import Random

import torch

from nni_autoattend.datasets.by_modality import PreparedData, training_loader
from nni_autoattend.errors import AutoAttendError
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.network.by_modality import build_network
from nni_autoattend.nnictl import trial_work


def rehearse(run: RunFolder) -> None:
    """Make this process ready to be forked for the trials of the experiment of ``run``."""
    trial_work.default_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with contextlib.suppress(AutoAttendError):  # a trial will say it
        settings = run.settings()
        _let_a_batch_through(settings, trial_work.keep_data(settings, run.path / "nursery"))


def _let_a_batch_through(settings: RunSettings, data: PreparedData) -> None:
    """Compute logits; the first time that takes half a second longer. The random generators stay where they are."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        network = build_network(settings.space.genes.random(Random(0)), settings.space.search, data.dimensions)
        loader = training_loader(data.train, settings.strategy.search, settings.seed)
        network(next(loader.start_at(0))[0])
