"""Pickles of arrays: a file that would call anything else is refused before anything reads it."""

import pickle
import warnings
from pathlib import Path
from typing import Any

from nni_autoattend.errors import DataError

_ARRAYS = {
    "__builtin__": {"list"},
    "builtins": {"list"},
    "_codecs": {"encode"},
    "collections": {"defaultdict"},
    "numpy": {"dtype", "ndarray"},
    "numpy.core.multiarray": {"_reconstruct"},
    "numpy._core.multiarray": {"_reconstruct"},
    "scipy.sparse.csr": {"csr_matrix"},
    "scipy.sparse._csr": {"csr_matrix"},
}
"""What a pickle of numpy arrays, sparse matrices and dictionaries of lists calls."""


def check_pickle(path: Path) -> None:
    """Refuse a pickle that holds anything but arrays, sparse matrices and dictionaries of lists.

    Raises:
        DataError: it holds something else, or is no pickle.
    """
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scipy's, about the names that its modules had
            _ArrayUnpickler(file, encoding="latin1").load()
    except DataError as error:
        raise DataError(f"{path} is refused: {error}") from error
    except Exception as error:  # a damaged pickle may raise anything
        raise DataError(f"{path} is no pickle of arrays: {' '.join(str(error).split())[:200]}") from error


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if name not in _ARRAYS.get(module, ()):
            raise DataError(f"loading it would call {module}.{name}, and code of a file is never run")
        return super().find_class(module, name)
