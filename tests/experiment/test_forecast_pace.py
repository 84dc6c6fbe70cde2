import pytest

from nni_autoattend.experiment.forecast_pace import Timed, mean_step


def test_a_line_is_found_and_averaged_over_the_epoch() -> None:
    timed = [Timed(tokens, 0.5 + 0.01 * tokens) for tokens in (10, 100, 400)]
    assert mean_step(timed, [0, 50, 1000]) == pytest.approx(0.5 + 0.01 * 350)


def test_batches_of_one_size_are_taken_to_cost_by_the_token() -> None:
    assert mean_step([Timed(10, 1.0), Timed(10, 3.0)], [5, 15]) == pytest.approx(2.0)
    assert mean_step([Timed(10, 1.0)], [100]) == pytest.approx(10.0)


def test_no_cost_is_negative() -> None:
    falling = [Timed(10, 3.0), Timed(20, 1.0)]
    assert mean_step(falling, [1000]) == pytest.approx(2.0)
    steep = [Timed(10, 0.1), Timed(20, 10.0)]
    assert mean_step(steep, [1]) == pytest.approx(5.05 / 15)
