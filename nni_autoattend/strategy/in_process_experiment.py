"""NNI's ``NasExperiment`` on our in-process engine: any model space, evaluator and strategy, no process per trial.

experiment = InProcessExperiment(space, evaluator, make_strategy("tpe"), trials=20)
experiment.run(port=None)
print(experiment.export_top_models(top_k=3, formatter="dict"))
"""

from nni.nas.evaluator import Evaluator
from nni.nas.execution import ExecutionEngine
from nni.nas.experiment import NasExperiment
from nni.nas.experiment.config import ExecutionEngineConfig, NasExperimentConfig
from nni.nas.space import BaseModelSpace

from nni_autoattend.budget import Deadline
from nni_autoattend.strategy.engine import InProcessEngine
from nni_autoattend.supernet.nni_bases import OneShotStrategy, Strategy


class InProcessExperiment(NasExperiment):  # type: ignore[misc]  # NNI has no types
    """An experiment whose models are trained one after the other in this process, each network once.

    Args:
        model_space: any NNI model space.
        evaluator: any NNI evaluator; a Lightning one serves every trial anew.
        strategy: any NNI strategy.
        trials: models that a multi-trial strategy may train (``None``: as many as it likes).
        budget: seconds after which no model is begun (``None``: never).
    """

    def __init__(
        self,
        model_space: BaseModelSpace,
        evaluator: Evaluator,
        strategy: Strategy,
        trials: int | None = None,
        budget: float | None = None,
    ) -> None:
        model_format = "raw" if isinstance(strategy, OneShotStrategy) else "simplified"
        config = NasExperimentConfig("sequential", model_format, "local")
        config.max_trial_number = trials
        super().__init__(model_space, evaluator, strategy, config)
        self._budget = budget

    def execution_engine_factory(self, config: ExecutionEngineConfig) -> ExecutionEngine:
        """Return the in-process engine (NNI asks when the experiment starts, and so the budget does)."""
        deadline = Deadline.after(self._budget)
        return InProcessEngine(config.max_model_count, deadline, config.max_duration, config.continue_on_failure)
