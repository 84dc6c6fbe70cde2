from dataclasses import replace
from typing import Any

from nni_autoattend.experiment.entrants import draw, entrants
from nni_autoattend.genes import Genes
from nni_autoattend.network.text import count_parameters
from nni_autoattend.settings_consistency import Consistency


def test_everybody_gets_as_many_tuning_runs(bench: Any, toy: Any) -> None:
    rows = entrants(bench, toy.candidates())
    kinds = {row.name: row.kind for row in rows}
    assert kinds == {"text-cnn": "baseline", "random-architecture": "control", "found": "found"}
    assert [len(row.variants) for row in rows] == [2, 2, 2]


def test_the_found_network_comes_last_and_fewer_candidates_mean_fewer_runs(bench: Any, toy: Any) -> None:
    rows = entrants(bench, toy.candidates()[:1])
    assert rows[-1].name == "found"
    assert [len(row.variants) for row in rows] == [1, 1, 1]


def test_a_baseline_is_tuned_around_the_rate_of_the_found_network(bench: Any, toy: Any) -> None:
    rows = {row.name: row for row in entrants(bench, toy.candidates())}
    found = [variant.training.lr for variant in rows["found"].variants]
    baseline = [variant.training.lr for variant in rows["text-cnn"].variants]
    assert found == [0.01, 0.01]
    assert baseline[0] == 0.01 and baseline[1] != 0.01
    assert len({variant.seed for row in rows.values() for variant in row.variants}) == 1


def test_networks_have_the_retraining_width(bench: Any, toy: Any) -> None:
    narrow = entrants(bench, toy.candidates())[-1].variants[0].build()
    bench.settings = replace(bench.settings, retrain=replace(bench.settings.retrain, width=16, dropout=0.0))
    wide = entrants(bench, toy.candidates())[-1].variants[0].build()
    assert (narrow.shape.width, wide.shape.width) == (8, 16)
    assert wide.shape.dropout == wide.shape.attention_dropout == wide.shape.aggregation_dropout == 0.0
    assert narrow.shape.dropout == 0.1
    assert count_parameters(wide) > count_parameters(narrow)
    assert wide.architecture == toy.first


def test_draws_are_distinct_networks_and_seeded(bench: Any) -> None:
    genes = bench.settings.space.genes
    drawn = draw(genes, 5, seed=0)
    assert len({architecture.network_key() for architecture in drawn}) == 5
    assert drawn == draw(genes, 5, seed=0) != draw(genes, 5, seed=1)
    assert all(genes.contains(architecture) for architecture in drawn)


def test_a_tiny_space_gives_what_it_has() -> None:
    assert len(draw(Genes(1, ("addition",), ("identity",)), 3, seed=0)) == 1


def test_the_trivial_baseline_is_not_trained_by_the_loop_and_names_count_once(bench: Any, toy: Any) -> None:
    named = ("tfidf-logistic", "text-cnn", "text-cnn")
    bench.settings = replace(bench.settings, retrain=replace(bench.settings.retrain, baselines=named))
    assert [row.name for row in entrants(bench, toy.candidates())] == ["text-cnn", "found"]


def test_baselines_are_trained_without_consistency_unless_a_control_asks(bench: Any, toy: Any) -> None:
    named = ("text-cnn", "text-cnn-consistent")
    retrain = replace(bench.settings.retrain, baselines=named, consistency=Consistency(1.0))
    bench.settings = replace(bench.settings, retrain=retrain)
    rows = {row.name: row for row in entrants(bench, toy.candidates())}
    kept = {name: {variant.training.consistency for variant in row.variants} for name, row in rows.items()}
    assert kept == {"text-cnn": {None}, "text-cnn-consistent": {Consistency(1.0)}, "found": {Consistency(1.0)}}
    assert rows["text-cnn-consistent"].kind == "baseline"
