"""NNI's manager as the tuner speaks to it: through the dispatcher that asked for trials.

NNI 3.0, the last release, hands a tuner no dispatcher, only the bound method that sends a trial; the rest of what the
protocol knows is behind that method's owner.
"""

from collections.abc import Callable
from typing import Any, SupportsIndex

from nni_autoattend.errors import ExperimentError
from nni_autoattend.nnictl.parameters import Order

SendTrial = Callable[[int, dict[str, Any]], None]


class Manager:
    """The manager's end of the tuner's channel.

    Args:
        send_trial: NNI's ``st_callback``.
    """

    def __init__(self, send_trial: SendTrial) -> None:
        self.send_trial = send_trial
        self._dispatcher: Any = getattr(send_trial, "__self__", None)

    def no_more(self) -> None:
        """Say that no trial will follow."""
        if self._dispatcher is not None:
            from nni.runtime.tuner_command_channel import CommandType

            self._dispatcher.send(CommandType.NoMoreTrialJobs, "")

    def fail(self, line: str) -> None:
        """Put the experiment into its error state at once; the line goes to the manager's log."""
        if self._dispatcher is not None:
            self._dispatcher.report_error(line)

    def take_over_recovered(self) -> dict[int, Order]:
        """Return the trials that NNI starts again after a resume, and get their results like those of others.

        NNI itself would drop their ends: a strategy would wait for ever for a trial that failed then.
        """
        recovered: dict[int, Any] = dict(getattr(self._dispatcher, "recovered_trial_params", {}))
        orders: dict[int, Order] = {}
        for number, parameters in recovered.items():
            try:
                orders[number] = Order.from_parameters(parameters)
            except ExperimentError:  # somebody else's, added by hand
                continue
        if recovered:
            from nni.runtime import msg_dispatcher

            msg_dispatcher._trial_params.update(recovered)
            self._dispatcher.recovered_max_param_id = -1
        return orders


class Later(list[Any]):
    """An answer to a request for trials: as many as asked for, none of them now.

    NNI's dispatcher sends what it iterates over and takes a shorter list for "there are no more".
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def __len__(self) -> int:
        """Return how many trials will be sent through the callback."""
        return self._count

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        """Refuse: there is nothing yet."""
        raise IndexError("these trials are sent later")
