"""The search space as NNI's own tuners read it: label -> what may be chosen."""

from typing import Any

from nni_autoattend.genes import Genes


def search_space_json(genes: Genes) -> dict[str, dict[str, Any]]:
    """Return the ``searchSpace`` of an NNI experiment: one ``choice`` per label.

    TPE, Random, Evolution and GridSearch explore it; their parameters are samples that ``Genes.from_sample`` reads.
    """
    return {label: {"_type": "choice", "_value": list(values)} for label, values in genes.labels().items()}
