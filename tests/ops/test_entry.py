"""Entries of operations: what they name exists and takes what it is told."""

import inspect
from dataclasses import fields

import pytest

from nni_autoattend.modality import MODALITIES
from nni_autoattend.names import resolve
from nni_autoattend.ops.operation import EdgeOperation
from nni_autoattend.ops.table import OPERATIONS

ENTRIES = [
    pytest.param(modality, entry, id=f"{modality}-{name}")
    for modality, table in OPERATIONS.items()
    for name, entry in table.items()
]


@pytest.mark.parametrize(("modality", "entry"), ENTRIES)
def test_an_entry_tells_its_class_exactly_what_it_must_know(modality, entry):
    operation = resolve(entry.class_name)
    assert issubclass(operation, EdgeOperation)
    told = {*entry.takes, *entry.fixed}
    assert len(told) == len(entry.takes) + len(entry.fixed)
    inspect.signature(operation).bind(**dict.fromkeys(told))
    assert {field.name for field in fields(MODALITIES[modality].shape)} >= set(entry.takes)
