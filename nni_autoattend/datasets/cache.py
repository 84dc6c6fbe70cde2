"""Where downloaded data is kept."""

import os
from pathlib import Path


def data_cache() -> Path:
    """Return the user's cache folder for data sets: ``$XDG_CACHE_HOME`` or ``~/.cache``, then ``nni-autoattend``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "nni-autoattend"
