from pathlib import Path

import pytest

from nni_autoattend.errors import ExperimentError, RecipeError
from nni_autoattend.yaml_text import parse_yaml, read_yaml


def test_what_a_file_says(tmp_path: Path) -> None:
    (tmp_path / "größe.yml").write_text("a: [1, zwölf]\n", encoding="utf-8")
    assert read_yaml(tmp_path / "größe.yml", "the file", RecipeError) == {"a": [1, "zwölf"]}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe", "cannot read the file: "),
        (b"a: [1", "the file is not YAML: "),
        (b"!!python/name:os.system", "the file is not YAML: could not determine a constructor"),
    ],
)
def test_why_a_file_says_nothing(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(content)
    with pytest.raises(ExperimentError) as caught:
        read_yaml(tmp_path / "a.yml", "the file", ExperimentError)
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"cannot read it: .*No such file"):
        read_yaml(tmp_path / "none.yml", "it", RecipeError)


def test_a_text() -> None:
    assert parse_yaml("a: 1", "it", RecipeError) == {"a": 1}
    with pytest.raises(RecipeError, match=r"^it is not YAML: mapping values are not allowed here"):
        parse_yaml("a: b: c", "it", RecipeError)
