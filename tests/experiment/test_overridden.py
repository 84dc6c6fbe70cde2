"""Dotted keys reach into mappings, and change nothing that was given."""

from nni_autoattend.experiment.overridden import overridden


def test_a_dotted_key_changes_one_value_of_a_mapping() -> None:
    block = {"epochs": 3, "shape": {"dropout": 0.1, "width": 8}}
    assert overridden(block, {"epochs": 4, "shape.dropout": 0.5}) == {
        "epochs": 4,
        "shape": {"dropout": 0.5, "width": 8},
    }
    assert block == {"epochs": 3, "shape": {"dropout": 0.1, "width": 8}}
    assert overridden({}, {"shape.dropout": 0.5}) == {"shape": {"dropout": 0.5}}


def test_what_has_no_keys_keeps_the_dot_for_the_reader_to_refuse() -> None:
    assert overridden({"epochs": 3}, {"epochs.x": 4}) == {"epochs": 3, "epochs.x": 4}
