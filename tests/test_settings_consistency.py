import pytest

from nni_autoattend.errors import RecipeError
from nni_autoattend.schema import read, to_plain
from nni_autoattend.settings import RetrainSettings
from nni_autoattend.settings_consistency import Consistency


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"weight": 0.0}, "weight must be positive, found 0.0; write null"),
        ({"weight": 1.0, "views": 1}, "views must be at least 2, found 1"),
        ({"weight": 1.0, "temperature": 0.0}, r"temperature must lie in \(0, 1\], found 0.0"),
        ({"weight": 1.0, "warm_up": -1}, "warm_up must be at least 0, found -1"),
    ],
)
def test_impossible_values_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Consistency(**values)


def test_the_weight_grows_over_the_warm_up_and_stays():
    settings = Consistency(2.0, warm_up=4)
    assert [settings.weight_after(steps) for steps in range(6)] == [0.5, 1.0, 1.5, 2.0, 2.0, 2.0]
    assert Consistency(2.0, warm_up=0).weight_after(0) == 2.0


def test_it_is_read_within_the_settings_of_a_training():
    settings = read(RetrainSettings, {"consistency": {"weight": 1}}, "retrain")
    assert settings.training().consistency == Consistency(1.0)
    assert read(RetrainSettings, to_plain(settings), "retrain") == settings
    assert RetrainSettings().training().consistency is None
    with pytest.raises(RecipeError, match="retrain: consistency: unknown key 'wieght'"):
        read(RetrainSettings, {"consistency": {"wieght": 1}}, "retrain")
