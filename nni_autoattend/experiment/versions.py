"""With what, and on which machine, a run was made; nothing is imported to find out."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "nni-autoattend",
    "nni",
    "torch",
    "pytorch-lightning",
    "torchtext",
    "numpy",
    "pandas",
    "scikit-learn",
    "safetensors",
)


def versions() -> dict[str, str]:
    """Return Python's version and those of the packages that results depend on; absent packages are left out."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str]:
    """Return what the machine is."""
    return {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
    }
