"""A process of a team, started by test_team.py: ``python -m tests.strategy.team_member RANK SIZE FOLDER``."""

import sys
from pathlib import Path
from random import Random

import torch
import torch.distributed as dist

from nni_autoattend.datasets.batches import TextLoader
from nni_autoattend.datasets.encoded import EncodedTexts
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.recipes import load_space
from nni_autoattend.settings import TrainingSettings
from nni_autoattend.space.text import TextSpace
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.detached_steps import DetachedSteps
from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.strategy.supernet_fitness import SupernetFitness
from nni_autoattend.strategy.supernet_phase import SupernetPhase
from nni_autoattend.supernet.nni_bases import RandomOneShot
from nni_autoattend.training.lightning import Classification
from nni_autoattend.training.team import Team

PATHS = 5


def loader(seed):
    texts = torch.Generator().manual_seed(0)
    windows = [
        [torch.randint(2, 20, (int(torch.randint(1, 9, (), generator=texts)),), generator=texts)] for _ in range(21)
    ]
    return TextLoader(EncodedTexts(windows, torch.arange(21) % 3), 6, shuffle=True, pool=2, seed=seed)


def make(team, dropout, seed, together=True, **context):
    """Return a supernet phase; ``seed`` is of the weights, which the leader's replace."""
    rates = dict.fromkeys(("search.dropout", "search.attention_dropout", "search.aggregation_dropout"), dropout)
    recipe = load_space("autoattend-text", {"genes.layers": 3, "search.width": 8, "search.heads": 2, **rates})
    torch.manual_seed(seed)
    model = RandomOneShot().mutate_model(TextSpace.from_recipe(recipe, TextDimensions(20, 6, 3), 0))
    module = Classification(TrainingSettings(epochs=1, batch_size=6, lr=0.01), "accuracy", 3)
    module.set_model(model)
    module.configure_optimizers = lambda: torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
    steps = DetachedSteps(module, team=team)
    if not together:
        steps._runs_together = lambda method: False
    surroundings = SearchContext(seed=4, checkpoint_minutes=0, **context)
    epochs = 2
    return SupernetPhase(
        steps, model, SampleSpace(model), loader(4), epochs=epochs, paths=PATHS, clip=1.0, context=surroundings
    )


def outcome(phase):
    """Train; return losses, weights and what seven samples score."""
    phase.run()
    samples = phase.samples.distinct(7, Random(1))
    fitness = SupernetFitness(phase.steps, phase.samples, loader(0), SearchContext())
    return {
        "losses": torch.tensor([row["loss"] for row in phase.context.history.rows]),
        "weights": {name: weight.detach() for name, weight in phase.model.state_dict().items()},
        "fitness": torch.tensor(list(fitness(samples))),
    }


def resumed(team, folder):
    """Let the leader stop after the first epoch and a new team go on from its checkpoint."""
    own = folder / "run" if team.leads else None
    begun = make(team, 0.3, seed=1 + team.rank, folder=own)
    begun.epochs = 1
    begun.run()
    if team.leads:  # as a kill leaves it
        path = folder / "run" / "checkpoints" / "supernet.pt"
        state = torch.load(path, weights_only=True)
        state["position"]["finished"] = False
        state["optimizer"] = begun.step.optimizer.state_dict()
        torch.save(state, path)
    return outcome(make(team, 0.3, seed=7 + team.rank, folder=own))


def main():
    rank, size, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    (folder / "run" / "checkpoints").mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    found = {}
    if rank == 0:
        for together in (True, False):
            found[f"alone, {together}"] = outcome(make(Team(), 0.0, seed=1, together=together))
    dist.init_process_group("gloo", init_method=f"file://{folder / 'meeting'}", rank=rank, world_size=size)
    team = Team.here()
    assert (team.rank, team.size) == (rank, size)
    for together in (True, False):
        found[f"team, {together}"] = outcome(make(team, 0.0, seed=1 + rank, together=together))
        found[f"noisy, {together}"] = outcome(make(team, 0.3, seed=1 + rank, together=together))
    found["resumed"] = resumed(team, folder)
    torch.save(found, folder / f"found-{rank}.pt")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
