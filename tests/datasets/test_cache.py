from pathlib import Path

import pytest

from nni_autoattend.datasets.cache import data_cache


def test_the_cache_is_where_the_desktop_says(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert data_cache() == Path("/somewhere/nni-autoattend")


@pytest.mark.parametrize("value", [None, ""])
def test_or_in_the_home_folder(value: str | None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if value is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", value)
    assert data_cache() == Path("/home/someone/.cache/nni-autoattend")
