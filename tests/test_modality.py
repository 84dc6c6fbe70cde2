"""What every kind of data promises: the names that it gives exist, and fit each other."""

from typing import get_args

import pytest

from nni_autoattend.baselines.by_modality import TRIVIAL, baseline_names
from nni_autoattend.datasets.by_modality import load_splits
from nni_autoattend.experiment.run_settings import resolve_settings
from nni_autoattend.modality import MODALITIES, ModalityName
from nni_autoattend.recipes import load_space


def test_every_name_is_a_kind_of_data() -> None:
    assert set(MODALITIES) == set(get_args(ModalityName))


@pytest.mark.parametrize("name", get_args(ModalityName))
def test_the_usual_space_is_one_for_this_data(name: ModalityName) -> None:
    space = load_space(MODALITIES[name].space)
    assert space.modality == name
    assert type(space.search) is MODALITIES[name].shape


@pytest.mark.parametrize("name", get_args(ModalityName))
def test_the_usual_task_needs_no_files(name: ModalityName) -> None:
    usual = MODALITIES[name]
    settings = resolve_settings(usual.space, "autoattend", {"task": usual.task, "size": 100})
    assert type(settings.data) is usual.data
    assert len(load_splits(settings.data).labels) > 1


@pytest.mark.parametrize("name", get_args(ModalityName))
def test_the_usual_baselines_are_for_this_data_and_one_is_trivial(name: ModalityName) -> None:
    usual = MODALITIES[name].baselines
    assert set(usual) <= {*baseline_names(name), "random-architecture"}
    assert TRIVIAL[name] in usual
