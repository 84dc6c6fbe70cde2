"""Reading back the JSON files of a run."""

import json
from pathlib import Path
from typing import Any

from nni_autoattend.errors import RunFolderError


def read_json(path: Path) -> Any:
    """Return the value of a JSON file of a run.

    Raises:
        RunFolderError: it is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunFolderError(f"{path} is missing: the run did not come so far, or the file was deleted") from error
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path} is damaged: {error}") from error
