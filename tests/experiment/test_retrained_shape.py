"""Retrained networks have the search's shape, with what the retrain block says otherwise."""

import pytest

from nni_autoattend.errors import RecipeError
from nni_autoattend.experiment.retrained_shape import retrained_shape
from nni_autoattend.experiment.run_settings import resolve_settings
from nni_autoattend.recipes import load_space
from nni_autoattend.settings import NetworkShape, RetrainSettings

TEXT = NetworkShape(width=16, heads=4, dropout=0.1, attention_dropout=0.2, aggregation_dropout=0.3)


def test_without_words_it_is_the_searchs() -> None:
    assert retrained_shape(TEXT, RetrainSettings()) == TEXT


def test_width_dropouts_and_single_values() -> None:
    shape = retrained_shape(TEXT, RetrainSettings(width=32, dropout=0.25, shape={"heads": 8, "dropout": 0.5}))
    assert shape == NetworkShape(width=32, heads=8, dropout=0.5, attention_dropout=0.25, aggregation_dropout=0.25)


def test_all_dropouts_of_a_graph() -> None:
    search = load_space("autoattend-graph").search
    shape = retrained_shape(search, RetrainSettings(dropout=0.25, shape={"activation": "elu"}))
    rates = {getattr(shape, name) for name in vars(shape) if name.endswith("dropout")}
    assert (rates, getattr(shape, "activation", None)) == ({0.25}, "elu")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"retrain.shape.widht": 8}, r"retrain: shape: unknown key 'widht' \(did you mean 'width'\?\)"),
        ({"retrain.shape.activation": "elu"}, "retrain: shape: unknown key 'activation'"),
        ({"retrain.shape.heads": 7}, "retrain: shape: heads"),
        ({"retrain.shape": 3}, "retrain: shape: expected keys and values, found 3"),
        ({"retrain.seeds.x": 3}, "retrain: seeds: expected int"),
    ],
)
def test_bad_values_are_one_line(overrides: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError, match=message) as caught:
        resolve_settings(None, "random", None, overrides=overrides)
    assert "\n" not in str(caught.value)


def test_set_reaches_into_the_shape_that_a_space_suggests() -> None:
    settings = resolve_settings("autoattend-graph", "random", None, overrides={"retrain.shape.activation": "relu"})
    suggested = resolve_settings("autoattend-graph", "random", None).retrain.shape
    assert settings.retrain.shape == {**suggested, "activation": "relu"}
