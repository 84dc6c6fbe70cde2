import pytest

from nni_autoattend.dimensions_graph import GraphDimensions


def test_dimensions_are_values() -> None:
    one = GraphDimensions(10, 4)
    assert one == GraphDimensions(10, 4, multi_label=False)
    with pytest.raises(AttributeError):
        one.classes = 3  # type: ignore[misc]
