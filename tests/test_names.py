from pathlib import Path

import pytest

from nni_autoattend.errors import RecipeError
from nni_autoattend.names import resolve


def test_a_dotted_name_is_imported() -> None:
    assert resolve("collections:OrderedDict").__name__ == "OrderedDict"
    assert resolve("os.path:join")("a", "b") == "a/b"


@pytest.mark.parametrize("name", ["", "os", "os.path", ":join", "os.path:", ".names:resolve"])
def test_another_form_is_refused(name: str) -> None:
    with pytest.raises(RecipeError, match=r"is not of the form 'package\.module:Name'"):
        resolve(name)


def test_a_missing_module_is_named() -> None:
    with pytest.raises(RecipeError, match=r"cannot import 'nowhere_at_all\.mod'.*is it installed"):
        resolve("nowhere_at_all.mod:Class")


def test_a_module_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "failing_module.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RecipeError, match=r"cannot import 'failing_module' .*: ZeroDivisionError: division by zero"):
        resolve("failing_module:Class")


def test_a_missing_attribute_is_named() -> None:
    with pytest.raises(RecipeError, match=r"module 'os\.path' has no 'joint'"):
        resolve("os.path:joint")


def test_a_module_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_tokens.py").write_text("def split(text:\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RecipeError, match="cannot import 'broken_tokens'"):
        resolve("broken_tokens:split")


def test_the_running_program_is_no_module_that_others_could_import() -> None:
    with pytest.raises(RecipeError, match=r"'__main__:Mine' lies in the program that runs; put it into a module"):
        resolve("__main__:Mine")
