import numpy as np

from nni_autoattend.datasets.node_labels import in_order, one_label_each, several_labels_each


def test_one_label_each():
    classes, labels = one_label_each(["b", "", "a", None, "b ", float("nan")])
    assert classes.tolist() == [1, -1, 0, -1, 1, -1]
    assert labels == ("a", "b")
    classes, labels = one_label_each([10, 2.0, "x", 2])
    assert (classes.tolist(), labels) == ([1, 0, 2, 0], ("2", "10", "x"))


def test_several_labels_each():
    classes, labels = several_labels_each(["b; a", "", ";", ["a"], np.array(["c", "a"]), [], None, "b;b"])
    assert labels == ("a", "b", "c")
    assert classes.tolist() == [
        [1, 1, 0],
        [-1, -1, -1],
        [0, 0, 0],
        [1, 0, 0],
        [1, 0, 1],
        [0, 0, 0],
        [-1, -1, -1],
        [0, 1, 0],
    ]
    assert classes.dtype == np.int8


def test_labels_stand_by_size_then_alphabetically():
    assert in_order(["b", "10", "9", "a", "9"]) == ("9", "10", "a", "b")
