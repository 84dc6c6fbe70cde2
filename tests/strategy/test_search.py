"""Every shipped strategy searches the text space by name; killed ones continue."""

import pytest

from nni_autoattend.budget import Deadline
from nni_autoattend.errors import RecipeError
from nni_autoattend.history import History
from nni_autoattend.journal import Journal
from nni_autoattend.recipes import load_space, load_strategy, names
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.search import search_architectures

SPACE = {"genes.layers": 2, "search.width": 8, "search.heads": 2}
CUTS = {
    "autoattend": {"paths": 2, "population": 4, "rounds": 1, "parents": 2},
    "autoattend-2core": {"paths": 2, "population": 4, "rounds": 1, "parents": 2},
    "darts": {"warmup_epochs": 0},
    "gumbel-darts": {"warmup_epochs": 0},
    "proxyless": {"warmup_epochs": 0},
    "enas": {"batches_per_update": 2},
    "policy-rl": {"samples_per_update": 2, "updates": 1},
    "regularized-evolution": {"population_size": 3, "sample_size": 2},
    "tpe": {"startup_trials": 3},
}
DIFFERENTIABLE = ("darts", "gumbel-darts", "proxyless")
"""These end with one architecture, the largest weights' own."""


def tiny(name: str, **search):
    values = {"search.epochs": 1, "search.batch_size": 16, "search.lr": 0.01, **search}
    recipe = load_strategy(name)
    if recipe.search.trials:
        values = {"search.trials": 5, **values}
    if recipe.search.samples:
        values = {"search.samples": 4, **values}
    return load_strategy(name, {f"arguments.{key}": value for key, value in CUTS.get(name, {}).items()} | values)


def run(name, data, folder=None, observer=None, **search):
    context = SearchContext(folder=folder, seed=3, checkpoint_minutes=0.0)
    if folder is not None:
        context.journal, context.history = Journal(folder / "journal.jsonl"), History(folder / "history.csv")
    if observer is not None:
        context.observer = observer
    return search_architectures(load_space("autoattend-text", SPACE), tiny(name, **search), data, context), context


@pytest.mark.parametrize("name", names("strategies"))
def test_every_strategy_finds_distinct_candidates_the_best_first(name, text_data):
    candidates, context = run(name, text_data)
    keys = [candidate.architecture.network_key() for candidate in candidates]
    assert len(set(keys)) == len(keys) >= (1 if name in DIFFERENTIABLE else 2)
    fitnesses = [candidate.fitness for candidate in candidates]
    assert fitnesses == sorted(fitnesses, reverse=True)
    assert all(0 <= fitness <= 1 for fitness in fitnesses)
    assert max(event["fitness"] for event in context.journal.events) == fitnesses[0]


@pytest.mark.parametrize("name", [*DIFFERENTIABLE, "autoattend", "random-one-shot", "random", "regularized-evolution"])
def test_same_seed_same_candidates(name, text_data):
    assert run(name, text_data)[0] == run(name, text_data)[0]


@pytest.mark.parametrize(
    ("name", "phase"), [(name, "trials") for name in ("grid", "policy-rl", "random", "regularized-evolution", "tpe")]
)
def test_a_killed_multi_trial_search_is_replayed_and_trains_nothing_twice(name, phase, text_data, tmp_path, kill_after):
    whole, whole_context = run(name, text_data, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(name, text_data, tmp_path / "cut", kill_after(phase, 3))
    assert len(Journal(tmp_path / "cut" / "journal.jsonl").events) == 3
    resumed, context = run(name, text_data, tmp_path / "cut")
    assert resumed == whole
    keys = [event["key"] for event in context.journal.events]
    assert len(keys) == len(set(keys))
    assert context.journal.path.read_bytes() == whole_context.journal.path.read_bytes()


@pytest.mark.parametrize("name", ["random-one-shot", *DIFFERENTIABLE])
def test_a_killed_one_shot_strategy_of_nni_restarts_at_its_last_epoch(name, text_data, tmp_path, kill_after):
    with pytest.raises(SystemExit):  # what Lightning makes of it; 3 batches an epoch: killed in the second epoch
        run(name, text_data, tmp_path, kill_after("supernet", 4), **{"search.epochs": 3})
    assert (tmp_path / "checkpoints" / "last.ckpt").exists()
    phases = kill_after("none", -1)
    candidates, _ = run(name, text_data, tmp_path, phases, **{"search.epochs": 3})
    assert phases.done["supernet"] == 3 and candidates


def test_a_deadline_ends_every_kind_at_the_best_so_far(text_data):
    for name in ("autoattend", "random-one-shot", "random"):
        context = SearchContext(deadline=Deadline.after(0.0))
        found = search_architectures(load_space("autoattend-text", SPACE), tiny(name), text_data, context)
        assert len(found) == 1


def test_a_recipe_of_the_wrong_kind_is_refused(text_data, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "description: x\nclass: nni.nas.strategy:Random\nkind: one-shot\narguments: {}\n"
        "search: {epochs: 1, batch_size: 8, lr: 0.1}\n"
    )
    with pytest.raises(RecipeError, match="not of kind 'one-shot'"):
        search_architectures(
            load_space("autoattend-text", SPACE), load_strategy(str(wrong)), text_data, SearchContext()
        )
