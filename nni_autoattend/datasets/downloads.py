"""Downloading a data set through torchtext, whole or not at all."""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile

from nni_autoattend.errors import DataError


def download(dataset: str, files: Sequence[str], folder: Path) -> None:
    """Put ``files`` (relative paths) of a torchtext data set into ``folder``.

    The download goes to a temporary neighbour first: a broken one is never taken for the data set.

    Raises:
        DataError: the download failed; the message says where the files may be put by hand.
    """
    import torchtext.datasets

    source = getattr(torchtext.datasets, dataset)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".download-") as temporary, redirect_stdout(sys.stderr):
            source.download(temporary)
            for file in files:
                _refuse_web_page(Path(temporary, file))
            for file in files:
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                Path(temporary, file).replace(folder / file)
    except (OSError, RuntimeError, BadZipFile) as error:  # the errors of requests are OSErrors
        urls = ", ".join(source.urls)
        raise DataError(
            f"the download of {urls} failed ({type(error).__name__}: {error}); fetch it elsewhere, put the files at "
            f"{', '.join(str(folder / file) for file in files)}, or name their folder with --data-root"
        ) from error


def _refuse_web_page(path: Path) -> None:
    """Torchtext saves whatever a server answers, an error page too."""
    if path.read_bytes()[:200].lstrip().startswith(b"<"):
        raise RuntimeError(f"the server sent a web page instead of {path.name}")
