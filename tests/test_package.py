import pytest

import nni_autoattend


def test_every_exported_name_is_there_and_no_other() -> None:
    for name in nni_autoattend.__all__:
        assert getattr(nni_autoattend, name).__name__ == name
        assert name in dir(nni_autoattend)
    assert nni_autoattend.__version__
    with pytest.raises(AttributeError, match="no attribute 'serach'"):
        _ = nni_autoattend.serach
