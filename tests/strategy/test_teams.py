"""Two processes train one supernet (gloo, over the loopback interface): what one process alone would have learned."""

import os
import subprocess
import sys

import pytest
import torch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("team")
    environment = {**os.environ, "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    members = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.strategy.team_member", str(rank), "2", str(folder)],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    for member in members:
        _, errors = member.communicate(timeout=380)
        assert member.returncode == 0, errors
    return [torch.load(folder / f"found-{rank}.pt", weights_only=True) for rank in range(2)]


def assert_equal(first, second, **tolerance):
    for key in ("losses", "fitness"):
        torch.testing.assert_close(first[key], second[key], **tolerance)
    assert first["weights"].keys() == second["weights"].keys()
    for name, weight in first["weights"].items():
        torch.testing.assert_close(second["weights"][name], weight, **tolerance)


@pytest.mark.parametrize("together", [True, False])
def test_a_team_learns_and_scores_what_one_process_does(found, together):
    for member in found:
        assert_equal(found[0][f"alone, {together}"], member[f"team, {together}"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("case", ["team, True", "team, False", "noisy, True", "noisy, False", "resumed"])
def test_all_processes_end_with_the_same(found, case):
    """Although they began with different weights: the leader's count."""
    assert_equal(found[0][case], found[1][case], rtol=0, atol=0)
    assert len(found[0][case]["losses"]) > 0


def test_dropout_is_on_in_all_processes(found):
    assert not torch.equal(found[0]["noisy, True"]["losses"], found[0]["team, True"]["losses"])


def test_a_team_that_goes_on_from_the_leaders_checkpoint_ends_where_an_unbroken_one_does(found):
    assert_equal(found[0]["resumed"], found[0]["noisy, True"], rtol=0, atol=0)
