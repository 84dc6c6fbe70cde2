"""InProcessEngine: limits and deadline."""

from nni_autoattend.budget import Deadline
from nni_autoattend.strategy.engine import InProcessEngine


def test_the_first_model_always_runs_then_the_deadline_counts():
    engine = InProcessEngine(max_models=5, deadline=Deadline.after(0.0))
    assert engine.budget_available()
    engine._history.append(object())
    assert not engine.budget_available()


def test_the_number_of_models_is_a_limit():
    engine = InProcessEngine(max_models=2)
    engine._model_count = 2
    assert not engine.budget_available()
