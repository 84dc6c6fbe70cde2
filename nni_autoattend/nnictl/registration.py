"""Our tuner in NNI's registry of algorithms: what ``tuner: {name: AutoAttend}`` means to ``nnictl``."""

from typing import TYPE_CHECKING, Literal

from nni_autoattend.errors import ExperimentError, StorageError

if TYPE_CHECKING:
    from nni.tools.package_utils import AlgoMeta

TUNER = "AutoAttend"
TUNER_CLASS = "nni_autoattend.nnictl.tuner.AutoAttendTuner"

State = Literal["registered", "absent", "foreign"]
"""``foreign``: somebody else's tuner has the name."""


def registration() -> State:
    """Return whether NNI knows our tuner."""
    from nni.tools.package_utils import get_algo_meta

    found = get_algo_meta(TUNER)
    if found is None:
        return "absent"
    return "registered" if found.class_name == TUNER_CLASS else "foreign"


def register() -> bool:
    """Tell NNI of our tuner; ``False``: it knew already.

    Raises:
        ExperimentError: somebody else's tuner has the name.
        StorageError: NNI's registry cannot be written.
    """
    state = registration()
    if state == "foreign":
        raise ExperimentError(_foreign())
    if state == "registered":
        return False
    from nni.tools.package_utils import register_algo_meta

    try:
        register_algo_meta(_entry())
    except OSError as error:
        raise StorageError(f"cannot write NNI's registry of algorithms: {error}") from error
    return True


def unregister() -> bool:
    """Take our tuner, and nothing else, out of NNI's registry; ``False``: it was not there.

    Raises:
        ExperimentError: somebody else's tuner has the name; it stays.
        StorageError: NNI's registry cannot be written.
    """
    state = registration()
    if state == "foreign":
        raise ExperimentError(_foreign())
    if state == "absent":
        return False
    from nni.tools.package_utils import unregister_algo_meta

    try:
        unregister_algo_meta(TUNER)
    except OSError as error:
        raise StorageError(f"cannot write NNI's registry of algorithms: {error}") from error
    return True


def _entry() -> "AlgoMeta":
    import nni
    from nni.tools.package_utils import AlgoMeta

    return AlgoMeta.load(
        {"builtinName": TUNER, "className": TUNER_CLASS, "nniVersion": nni.__version__}, algo_type="tuner"
    )


def _foreign() -> str:
    return (
        f"NNI's registry has a tuner {TUNER} that is not ours; it stays as it is. Look at it with 'nnictl algo show"
        f" {TUNER}', remove it with 'nnictl algo unregister {TUNER}'"
    )
