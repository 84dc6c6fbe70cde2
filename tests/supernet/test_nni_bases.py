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
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert "unmaintained" not in done.stderr + done.stdout  # gym's notice


def test_names_are_nnis_own():
    import nni.nas.strategy

    from nni_autoattend.supernet import nni_bases

    own_names = {"NniDarts": "DARTS", "NniEnas": "ENAS", "NniGumbelDarts": "GumbelDARTS", "NniProxyless": "Proxyless"}
    own_names |= {"NniTpe": "TPE", "PolicyBasedRL": "PolicyBasedRL", "RandomOneShot": "RandomOneShot"}
    for ours, theirs in own_names.items():
        assert getattr(nni_bases, ours) is getattr(nni.nas.strategy, theirs)
    assert nni_bases.Strategy is nni.nas.strategy.base.Strategy
    assert issubclass(nni_bases.NniProxyless, nni_bases.OneShotStrategy)
    assert all(hasattr(nni_bases, name) for name in nni_bases.__all__)
