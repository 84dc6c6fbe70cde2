"""Reading an ``experiment.yml`` as NNI does."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_autoattend.errors import ExperimentError
from nni_autoattend.yaml_text import read_yaml


def config_value(config: Mapping[str, Any], key: str) -> Any:
    """Return the value of ``key``, ``None`` without one; as for NNI, case and underscores do not matter."""
    wanted = key.lower()
    return next((value for name, value in config.items() if str(name).replace("_", "").lower() == wanted), None)


def read_config(path: Path) -> dict[str, Any]:
    """Return what an experiment file says.

    Raises:
        ExperimentError: there is no such file, or it is not a YAML of keys and values.
    """
    config = read_yaml(path, f"the experiment file {path}", ExperimentError)
    if not isinstance(config, dict):
        raise ExperimentError(f"{path}: expected keys and values, found {config!r}")
    return config
