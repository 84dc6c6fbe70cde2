import pytest

from nni_autoattend.dimensions import TextDimensions


def test_dimensions_are_values() -> None:
    one = TextDimensions(10, 4, 2)
    assert one == TextDimensions(10, 4, 2, tune_embedding=True, embedding_file=None)
    with pytest.raises(AttributeError):
        one.classes = 3  # type: ignore[misc]
