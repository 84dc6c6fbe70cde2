import platform
from importlib.metadata import version

from nni_autoattend.experiment.versions import machine, versions


def test_versions() -> None:
    found = versions()
    assert found["python"] == platform.python_version()
    assert found["torch"] == version("torch")
    assert all(isinstance(value, str) and value for value in {**found, **machine()}.values())
