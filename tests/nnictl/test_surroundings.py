import base64
import json
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.errors import ExperimentError
from nni_autoattend.nnictl.surroundings import Surroundings


def argument(**config: Any) -> list[str]:
    """Return how NNI's manager starts its dispatcher."""
    return ["nni", "--exp_params", base64.b64encode(json.dumps(config).encode()).decode()]


def test_what_the_manager_tells(tmp_path: Path) -> None:
    code = "/home/u/Größe # 1//x"
    words = argument(
        experimentName="trec", trialCodeDirectory=code, maxTrialNumber=7, trainingService={"platform": "local"}
    )
    found = Surroundings.of_tuner(words, {"NNI_CHECKPOINT_DIRECTORY": str(tmp_path / "abc" / "checkpoint")})
    assert found == Surroundings(tmp_path / "abc", Path(code), "trec", 7, True)
    assert found.run == tmp_path / "abc" / "run"


@pytest.mark.parametrize("prefix", ["", "/mine"])
def test_where_the_manager_listens(prefix: str, tmp_path: Path) -> None:
    told = {"NNI_CHECKPOINT_DIRECTORY": str(tmp_path)}
    found = Surroundings.of_tuner(
        argument(), {**told, "NNI_TUNER_COMMAND_CHANNEL": f"ws://localhost:8081{prefix}/tuner"}
    )
    assert (found.port, found.prefix) == (8081, prefix)
    assert Surroundings.of_tuner(argument(), told).port is None


@pytest.mark.parametrize("service", [{"platform": "remote"}, [{"platform": "local"}, {"platform": "remote"}], None])
def test_other_machines_are_not_this_one(service: object, tmp_path: Path) -> None:
    words = argument(trialCodeDirectory=".", trainingService=service)
    found = Surroundings.of_tuner(words, {"NNI_CHECKPOINT_DIRECTORY": str(tmp_path)})
    assert (found.local, found.trials) == (False, None)


@pytest.mark.parametrize(("words", "environment"), [(["nni"], {"NNI_CHECKPOINT_DIRECTORY": "x"}), (argument(), {})])
def test_without_a_manager_there_is_no_experiment(words: list[str], environment: dict[str, str]) -> None:
    with pytest.raises(ExperimentError, match="nnictl create"):
        Surroundings.of_tuner(words, environment)
