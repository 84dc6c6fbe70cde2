"""Which versions of what a run was made with; nothing is imported to find out."""

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


def environment(threads: int | None = None) -> dict[str, str]:
    """Return the versions and the machine; ``threads``: torch threads, ``None``: torch's choice."""
    machine = {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "threads": "torch's choice" if threads is None else str(threads),
    }
    return {**versions(), **machine}
