from pathlib import Path
from random import Random
from typing import Any

import pytest

from nni_autoattend.cli.retrain import retrain_block
from nni_autoattend.errors import RecipeError
from nni_autoattend.experiment.candidates import save_candidates
from nni_autoattend.experiment.run_folder import RunFolder


@pytest.fixture
def searched(cli: Any, carried_out: Any) -> Path:
    """A run that is finished."""
    from nni_autoattend.strategy.candidates import Candidate

    answer = cli("search", "--strategy", "autoattend", "--set", "data.size=100", "--run-dir", "mine")
    assert answer.code == 0, answer.err
    genes = carried_out.settings.space.genes
    save_candidates(RunFolder(Path("mine")), genes, [Candidate(genes.random(Random(1)), 0.5)])
    return Path("mine")


def test_a_retraining_changes_its_own_block_only(cli: Any, carried_out: Any, searched: Path) -> None:
    answer = cli("retrain", searched, "--set", "retrain.width=16", "--set", "retrain.seeds=4", "--seed", "9", "--json")
    assert answer.code == 0, answer.err
    settings = carried_out.settings
    assert (settings.retrain.width, settings.retrain.seeds, settings.seed) == (16, 4, 9)
    assert settings.space.genes.layers == 8
    assert len(carried_out.candidates) == 1
    assert answer.json()["run"] == str(searched / "retrain-001")


def test_other_blocks_are_refused() -> None:
    assert retrain_block({"retrain.width": 16}) == {"width": 16}
    with pytest.raises(RecipeError, match=r"--set space\.genes\.layers: a retraining changes keys of retrain\.\* only"):
        retrain_block({"retrain.width": 16, "space.genes.layers": 3})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--set", "retrain.widht=3"], "unknown key 'widht' (did you mean 'width'?)"),
        (["--set", "retrain.width=7"], "must divide width (7)"),
        (["--set", "data.size=200"], "a retraining changes keys of retrain.* only"),
        (["--budget", "soon"], "is not a duration"),
    ],
)
def test_bad_input(cli: Any, carried_out: Any, searched: Path, options: list[str], message: str) -> None:
    answer = cli("retrain", searched, *options)
    assert (answer.code, answer.out, carried_out.times) == (2, "", 1)
    assert message in answer.err
    assert answer.err.count("\n") == 1


def test_a_run_that_is_not_there(cli: Any) -> None:
    answer = cli("retrain", "nowhere")
    assert answer.code == 2
    assert "nowhere is no run folder" in answer.err
