"""A function in a process of its own: ``python -m benchmarks._own_process MODULE:FUNCTION JSON``."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from nni_autoattend.errors import AutoAttendError
from nni_autoattend.names import resolve


def in_own_process(function: str, arguments: Sequence[Any], what: str) -> dict[str, Any]:
    """Call ``module:function`` in a fresh process, whose peak of memory is that of the call alone.

    Args:
        function: takes and returns plain JSON values.
        arguments: its arguments.
        what: what the call is of, for the error.

    Raises:
        AutoAttendError: the process failed; its last line says why.
    """
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-W", "ignore", "-m", __name__, function, json.dumps(list(arguments))]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        told = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise AutoAttendError(f"{what} could not be measured: {told[-1]}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def main(arguments: Sequence[str]) -> None:
    """Call, and write the result to standard output; what libraries print there goes to standard error."""
    function, values = arguments
    with redirect_stdout(sys.stderr):
        figures = resolve(function)(*json.loads(values))
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
