import pytest

from nni_autoattend.nnictl.trial_curve import Curve


class Reporter:
    def __init__(self) -> None:
        self.values: list[float] = []

    def intermediate(self, value: float) -> None:
        self.values.append(value)


def test_scores_are_reported_and_steps_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = Reporter()
    curve = Curve(reporter)  # type: ignore[arg-type]
    curve.start("retrain x", 10)
    curve.advance(1, loss=0.7)
    curve.advance(0, score=0.5)
    curve.advance(1)
    curve.finish()
    curve.say("a line for the log")
    assert reporter.values == [0.5]
    assert capsys.readouterr().out == "a line for the log\n"


def test_trainings_within_a_search_are_no_part_of_its_curve() -> None:
    reporter = Reporter()
    curve = Curve(reporter)  # type: ignore[arg-type]
    curve.start("supernet")
    curve.advance(1, score=0.5)
    curve.finish()
    curve.start("finalists", 5)
    curve.start("finalists-0", 10)
    curve.advance(1, score=0.9)
    curve.finish()
    curve.advance(1, fitness=0.8)
    curve.finish()
    assert reporter.values == [0.5]
