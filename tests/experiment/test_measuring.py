import json
from typing import Any

from nni_autoattend.experiment.candidates import find_candidates
from nni_autoattend.experiment.entrants import entrants
from nni_autoattend.experiment.measuring import measure, save_found
from nni_autoattend.experiment.results import read_results
from nni_autoattend.experiment.retraining import retrain_all
from nni_autoattend.experiment.trivial import measure_trivial
from nni_autoattend.network.saved import load_model


def test_the_picked_candidate_becomes_the_best(bench: Any, toy: Any, toy_data: Any) -> None:
    outcomes = retrain_all(entrants(bench, find_candidates(bench)), bench)
    save_found(outcomes[0], bench)
    measure(outcomes, measure_trivial(toy_data[1], 2, bench), bench)
    number = int(outcomes[0].picked.label.removeprefix("candidate-")) - 1
    best = json.loads(bench.folder.best.read_text())
    assert best["architecture"] == toy.candidates()[number].architecture.to_json()
    assert best["chosen_by"] == "best of 2 on the selection half, retrained"
    assert load_model(bench.folder.path).architecture == toy.candidates()[number].architecture
    results = read_results(bench.folder)
    assert [row.name for row in results.rows] == ["found", "text-cnn", "random-architecture", "tfidf-logistic"]
    assert results.model == {
        "name": "found",
        "training": outcomes[0].picked.label,
        "seed": outcomes[0].best.seed,
    }
    assert results.rows[0].cpu_seconds == sum(trained.cpu_seconds for trained in outcomes[0].trainings)
