"""From finished trainings to the saved model, the test predictions and the results table."""

from __future__ import annotations

from collections.abc import Sequence

from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.candidates import read_candidates, save_best
from nni_autoattend.experiment.predictions import predict_test
from nni_autoattend.experiment.results import Measured, Results, result_rows, save_results
from nni_autoattend.experiment.retraining import Outcome
from nni_autoattend.experiment.training_run import trained_network


def measure(outcomes: Sequence[Outcome], trivial: Measured, bench: Bench) -> None:
    """Predict the test split once per (name, seed), compare, and write ``results.json``; the found one comes first."""
    bench.observer.start("test", len(outcomes))
    rows = []
    for outcome in outcomes:
        rows.append(measured(outcome, bench))
        bench.observer.advance()
    bench.observer.finish()
    found = outcomes[0].best
    if len(outcomes[0].finals) == 1:
        bench.note("one retraining seed: the intervals cover the choice of test items, not that of the seed")
    save_results(
        bench.folder,
        Results(
            metric=bench.data.metric,
            labels=bench.data.labels,
            model={"name": found.name, "training": found.label, "seed": found.seed},
            rows=result_rows([*rows, trivial], bench.data.metric, len(bench.data.labels)),
            notes=tuple(bench.notes),
        ),
    )


def save_found(outcome: Outcome, bench: Bench) -> None:
    """Write ``best.json`` and the model: the found network, of the seed with the best selection score.

    ``model.json`` is written after the weights, and each whole or not at all; a kill in between is mended by resuming.
    """
    from nni_autoattend.network.by_modality import save_network

    number = outcome.entrant.variants.index(outcome.picked)
    candidate = read_candidates(bench.folder)[number]
    tried = len(outcome.tuning)
    save_best(bench.folder, bench.settings.space.genes, candidate, f"best of {tried} on the selection half, retrained")
    best = outcome.best
    network = trained_network(outcome.picked.with_seed(best.seed), best, bench)
    description = {
        "metric": bench.data.metric,
        "selection_score": best.score,
        "seed": best.seed,
        "space": bench.settings.space.name,
        "strategy": bench.settings.strategy.name,
        "data": bench.data.name,
    }
    save_network(bench.folder.path, network, description, bench.data.codec)


def measured(outcome: Outcome, bench: Bench) -> Measured:
    """Return what the row of ``outcome`` is made from; its test predictions are made here, once per (name, seed)."""
    return Measured(
        name=outcome.entrant.name,
        kind=outcome.entrant.kind,
        parameters=outcome.finals[0].parameters,
        validation=tuple(trained.score for trained in outcome.finals if trained.score is not None),
        cpu_seconds=outcome.cpu_seconds,
        predictions=tuple(
            predict_test(outcome.picked.with_seed(trained.seed), trained, bench) for trained in outcome.finals
        ),
    )
