"""NNI's circular imports: whoever takes the base classes from us gets strategies that work."""

import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_the_first_import_of_a_fresh_process_does_not_break_nnis_strategies():
    program = (
        "from nni_autoattend.supernet.nni_bases import OneShotStrategy; import nni.nas.strategy as s; "
        "assert issubclass(s.RandomOneShot, OneShotStrategy), s.RandomOneShot"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
