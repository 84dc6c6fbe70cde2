"""What the found network may be compared with: baselines, and controls that say what the search itself is worth."""

from nni_autoattend.baselines.by_modality import TRIVIAL, baseline_names
from nni_autoattend.errors import RecipeError, UnknownNameError
from nni_autoattend.modality import ModalityName
from nni_autoattend.settings import RetrainSettings

RANDOM_ARCHITECTURE = "random-architecture"
"""Name of a control: architectures drawn uniformly, chosen and trained like the found."""
CONSISTENT = "-consistent"
"""Ends the name of a control: a baseline network that is trained with the consistency of the found one, too."""


def known_baselines(modality: ModalityName) -> list[str]:
    """Return what ``retrain.baselines`` may name: the baselines and the controls."""
    names = baseline_names(modality)
    networks = [name for name in names if name != TRIVIAL[modality]]
    return [*names, RANDOM_ARCHITECTURE, *(f"{name}{CONSISTENT}" for name in networks)]


def check_baselines(retrain: RetrainSettings, modality: ModalityName) -> None:
    """Check names of ``retrain.baselines``.

    Raises:
        UnknownNameError: a name is neither a baseline nor a control.
        RecipeError: a control wants consistency, and ``retrain`` has none.
    """
    known = known_baselines(modality)
    for name in retrain.baselines:
        if name not in known:
            raise UnknownNameError("baseline", name, known)
        if name.endswith(CONSISTENT) and retrain.consistency is None:
            plain = name.removesuffix(CONSISTENT)
            raise RecipeError(f"{name} is trained with retrain.consistency, and there is none; take {plain}")
