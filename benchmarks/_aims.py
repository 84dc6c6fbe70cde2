"""What others published on a task, and the test accuracy that the architecture which is found is to reach."""

from __future__ import annotations

from nni_autoattend.report.cells import percent

BASELINES: dict[str, dict[str, float]] = {
    "cora": {"gcn": 0.815, "gat": 0.830, "appnp": 0.833},
    "citeseer": {"gcn": 0.709, "gat": 0.725, "appnp": 0.718},
    "photo": {"gcn": 0.912, "gat": 0.857, "graphsage": 0.914},
}
"""Test accuracy. Kipf and Welling 2017 and Velickovic et al. 2018 of their own networks; APPNP as torch-geometric's
benchmark and GraphNAS (2019) list it; Photo: Shchur et al. 2018, means of 100 splits."""
SEARCHES: dict[str, dict[str, float]] = {
    "cora": {"GraphNAS": 0.843, "AutoGL's graph space": 0.820},
    "citeseer": {"GraphNAS": 0.737},
}
"""Test accuracy of what other searches found, as GraphNAS's and AutoGL's own pages tell it."""
AIMS: dict[str, float] = {"cora": 0.845, "citeseer": 0.740, "photo": 0.925}
"""Test accuracy, mean of ten seeds."""


def aim_note(task: str, found: float | None) -> str:
    """Return a line that says whether ``found`` (a share) reaches the aim of a task, and what was published."""
    if task not in AIMS or found is None:
        return ""
    short = AIMS[task] - found
    ending = f"missed by {percent(short)}" if short > 0 else "reached"
    published = {**BASELINES.get(task, {}), **SEARCHES.get(task, {})}
    listed = ", ".join(f"{name} {percent(share)}" for name, share in published.items())
    return f"Aim {percent(AIMS[task])}: {ending}. Published: {listed}."
