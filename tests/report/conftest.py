"""A report as a real run gives it: the published 24-layer architecture, 400 evaluations, one of everything else."""

import math
from random import Random

import pytest

from nni_autoattend.genes import Genes
from nni_autoattend.published import SST5
from nni_autoattend.report.data import ReportData, ResultRow

OPERATIONS = ("zero", "identity", "conv1", "conv3", "maxpool3", "gru")


@pytest.fixture
def report_data() -> ReportData:
    """Everything measured."""
    rng = Random(0)
    rise = [0.25 + 0.15 * (1 - math.exp(-n / 150)) + rng.gauss(0, 0.02) for n in range(400)]
    return ReportData(
        title="autoattend-text on sst5, strategy autoattend",
        command="nni-autoattend search --space autoattend-text --strategy autoattend --task sst5 --seed 0",
        settings={"space": {"name": "autoattend-text", "genes": {"layers": 24}}, "seed": 0},
        architecture=Genes(24, ("addition", "attention"), OPERATIONS).from_published(SST5),
        operations=OPERATIONS,
        history=[{"phase": "supernet", "step": n, "loss": 1.6 - 0.3 * (1 - math.exp(-n / 90))} for n in range(300)],
        evaluations=[{"stage": "evaluation", "fitness": value} for value in rise],
        results=[
            ResultRow("autoattend", "found", 620490, 0.432, 0.417, 0.006, 3, 1843.2),
            ResultRow("transformer", "baseline", 1203441, 0.39, 0.38, 0.01, 3, 912.0, 0.037, 0.017, 0.058, "beats"),
            ResultRow("text-cnn", "baseline", 98213, 0.41, 0.405, 0.007, 3, 212.3, 0.012, -0.004, 0.028, "equal"),
            ResultRow("tfidf-logistic", "trivial", None, 0.39, 0.376, None, 1, 3.1, 0.041, 0.02, 0.061, "beats"),
        ],
        confusion=[[9, 3, 1, 0, 0], [3, 8, 2, 1, 0], [1, 2, 9, 2, 1], [0, 1, 2, 8, 3], [0, 0, 1, 3, 9]],
        labels=["very negative", "negative", "neutral", "positive", "very positive"],
        metric="accuracy",
        environment={"torch": "2.13.0", "nni": "3.0"},
        notes=["The budget stopped the evolution after 400 evaluations."],
    )
