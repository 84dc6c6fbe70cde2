"""The ranking benchmark: its statistics against scipy's, its analysis on known truths, its parts at toy size."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from benchmarks import _ranking_standalone, _ranking_supernets, ranking
from benchmarks._ranking_analysis import analyse
from benchmarks._ranking_output import save_results, tables
from benchmarks._ranking_protocol import Ground, Part, load_ground, open_part, read_part
from benchmarks._ranking_scores import Scores, read_scores
from benchmarks._ranking_standalone import answers, measure_standalone, missing_trainings, packed, unpacked
from benchmarks._ranking_statistics import (
    Estimate,
    architecture_draws,
    correlate,
    kendall,
    seed_draws,
    spearman,
    top_share,
)
from nni_autoattend.errors import RunFolderError
from nni_autoattend.progress import Observer, SilentObserver

Kill = Callable[[str, int], Observer]
ITEMS = 60


@pytest.fixture
def options(tmp_path: Path) -> ranking.Options:
    return ranking.Options(
        task="listops",
        architectures=4,
        seeds=2,
        epochs=2,
        modes=("full", "none"),
        supernet_seeds=1,
        budgets=(2, 1),
        toy=True,
        results=tmp_path / "results",
        work=tmp_path / "work",
    )


@pytest.fixture
def ground(options: ranking.Options) -> Ground:
    return load_ground(ranking.protocol(options))


def training_row(number: int, seed: int, right: np.ndarray[Any, Any], epochs: int = 1) -> dict[str, Any]:
    worse = right & (np.arange(ITEMS) >= 5)  # the epochs before the best one
    rows = [worse] * (epochs - 1) + [right]
    return {
        "key": f"{number}/seed{seed}",
        "architecture": number,
        "seed": seed,
        "parameters": 1000 - number,
        "scores": [float(row.mean()) for row in rows],
        "selection_right": [packed(row) for row in rows],
        "search_right": [packed(~row) for row in rows],
        "selection_loss": [1.0 - row.mean() for row in rows],
    }


def net_row(mode: str, seed: int, fitness: Any, epochs: int = 9) -> dict[str, Any]:
    likelihood = [-value for value in fitness]  # the other way round, so that one is not taken for the other
    return {"mode": mode, "seed": seed, "epochs": epochs, "fitness": list(fitness), "likelihood": likelihood}


def scores_of(alone: Any, nets: list[dict[str, Any]]) -> Scores:
    """Return scores of architectures with ``alone`` of the items right, in both of two seeds."""
    right = [np.arange(ITEMS) < count for count in alone]
    rows = [training_row(number, seed, row) for seed in (0, 1) for number, row in enumerate(right)]
    scores = read_scores(rows, nets, {"selection": ITEMS, "search": ITEMS}, len(right))
    assert scores is not None
    return scores


@pytest.mark.parametrize("count", [7, 25])
def test_correlations_are_scipys_in_every_resample(count: int) -> None:
    random = np.random.default_rng(count)
    x = random.integers(0, count // 2, count).astype(float)
    y = x + random.integers(0, count, count)
    draws = architecture_draws(count, 20, seed=1)
    for own, other in ((kendall, stats.kendalltau), (spearman, stats.spearmanr)):
        assert own(x, y)[0] == pytest.approx(other(x, y)[0])
        for counts, value in zip(draws, own(x, y, draws), strict=True):
            drawn = np.repeat(np.arange(count), counts.astype(int))
            if len(set(x[drawn])) > 1 < len(set(y[drawn])):
                assert value == pytest.approx(other(x[drawn], y[drawn])[0])


def test_a_constant_score_orders_nothing() -> None:
    constant, varied = np.full(5, 0.5), np.arange(5.0)
    assert kendall(constant, varied).tolist() == spearman(varied, constant).tolist() == [0.0]


def test_resamples_draw_architectures_and_seeds() -> None:
    alone = np.arange(40.0)
    fitness = np.stack([alone, -alone])
    mean, draws = correlate(kendall, fitness, alone, architecture_draws(40, 400), seed_draws(2, 400))
    assert mean == 0.0
    assert set(np.round(draws, 9)) == {-1.0, 0.0, 1.0}  # one seed twice, each once, the other twice
    assert 0.35 < (np.round(draws, 9) == 0.0).mean() < 0.65
    noisy = alone + 20 * np.random.default_rng(0).normal(size=40)
    mean, draws = correlate(kendall, noisy[None], alone, architecture_draws(40, 400), seed_draws(1, 400))
    estimate = Estimate.of(mean, draws)
    assert estimate.low < estimate.value < estimate.high
    assert estimate.high - estimate.low > 0.1


def test_ties_share_the_top() -> None:
    fitness = np.array([1.0, 2.0, 2.0, 3.0])
    assert top_share(fitness, 1).tolist() == [0, 0, 0, 1]
    assert top_share(fitness, 2).tolist() == [0, 0.25, 0.25, 0.5]
    assert top_share(fitness, 9).tolist() == [0.25] * 4


def test_answers_are_packed_without_loss() -> None:
    right = np.random.default_rng(0).random((3, 13)) < 0.5
    row = {"selection_right": [packed(one) for one in right]}
    assert np.array_equal(answers(row, "selection", 13), right)
    assert unpacked(packed(right[0]), 13).tolist() == right[0].tolist()


def test_the_analysis_of_known_rankers() -> None:
    alone = np.arange(20, 40)
    noise = np.random.default_rng(0).permutation(20)
    nets = [net_row("full", seed, alone / 100) for seed in (0, 1, 2)]
    nets += [net_row("none", seed, noise) for seed in (0, 1)] + [net_row("affine", 0, -alone)]
    found = analyse(scores_of(alone, nets))
    full, none, affine = found["rankers"]
    assert [full["mode"], none["mode"], affine["mode"]] == ["full", "none", "affine"]
    assert full["tau"] == full["tau_low"] == full["rho"] == full["tau_between_seeds"] == pytest.approx(1.0)
    assert (full["regret_top1"], affine["tau"]) == (0.0, pytest.approx(-1.0))
    assert full["regret_top5"] == pytest.approx(2 / ITEMS)
    assert (full["tau_by_loss"], affine["tau_by_loss"]) == (pytest.approx(-1.0), pytest.approx(1.0))
    assert affine["regret_top1"] == pytest.approx(19 / ITEMS)
    parameters, chance = found["controls"]
    assert parameters["tau"] == pytest.approx(-1.0)
    assert chance["regret_top1"] == pytest.approx(9.5 / ITEMS)
    compared = {(one["first"], one["second"]): one for one in found["differences"]}
    assert set(compared) == {("full", "none"), ("affine", "none"), ("affine", "full")}
    assert compared["full", "none"]["seeds"] == [0, 1]
    assert compared["full", "none"]["difference"] == pytest.approx(1.0 - none["tau"])
    assert compared["full", "none"]["low"] > 0.0
    assert compared["affine", "full"]["difference"] == pytest.approx(-2.0)
    assert compared["affine", "full"]["difference_by_loss"] == pytest.approx(2.0)
    assert parameters["tau_by_loss"] == pytest.approx(-1.0)


def test_ceilings_tell_a_stable_ranking_from_noise() -> None:
    stable = analyse(scores_of(np.arange(10, 40), []))["ceilings"]
    assert [ceiling["tau"] > 0.8 for ceiling in stable] == [True, True, False, True]
    assert [ceiling["by_loss"] for ceiling in stable] == [False, False, False, True]
    assert stable[2]["tau"] == pytest.approx(-1.0)  # these rows have the search half reversed
    random = np.random.default_rng(0)
    rows = [training_row(number, seed, random.random(ITEMS) < 0.5) for seed in (0, 1) for number in range(150)]
    scores = read_scores(rows, [], {"selection": ITEMS, "search": ITEMS}, 150)
    assert scores is not None
    assert all(abs(ceiling["tau"]) < 0.2 for ceiling in analyse(scores)["ceilings"])


def test_only_what_is_finished_counts() -> None:
    items = {"selection": ITEMS, "search": ITEMS}
    rows = [training_row(number, 0, np.arange(ITEMS) < 9 + number, epochs=2) for number in range(4)]
    assert read_scores(rows[:2], [], items, 4) is None
    rows.append(training_row(0, 1, np.ones(ITEMS, bool)))  # seed 1 is not complete
    rows[2] = {**rows[2], "scores": [], "selection_right": [], "search_right": []}  # diverged
    nets = [net_row("full", 0, (0.1, 0.2, 0.3, 0.4)), net_row("none", 0, (0.1, 0.2))]
    scores = read_scores(rows, nets, items, 4)
    assert scores is not None
    assert scores.numbers.tolist() == [0, 1, 3]
    assert scores.alone.tolist() == scores.last.mean(axis=0).tolist() == [9 / ITEMS, 10 / ITEMS, 12 / ITEMS]
    assert {ranker: fitness.tolist() for ranker, fitness in scores.fitness.items()} == {("full", 9): [[0.1, 0.2, 0.4]]}
    assert len(analyse(scores)["ceilings"]) == 1


def test_the_real_protocol_is_the_issues(tmp_path: Path) -> None:
    real = ranking.protocol(ranking.Options(task="trec", data_root=tmp_path))
    space = real.recipe(sharing="none")
    assert (space.name, space.genes.layers, space.search.width) == ("autoattend-text-small", 8, 64)
    assert space.sharing == "none"
    assert real.architectures >= 100
    assert real.supernet_seeds >= 3
    assert {"full", "target", "source", "none"} <= set(real.modes)
    assert (real.budgets, real.supernet.epochs) == ((9, 27), 27)


def test_graphs_are_ranked_by_the_same_command(options: ranking.Options) -> None:
    path = ranking.run(replace(options, task="communities", seeds=1), SilentObserver())
    assert path is not None
    result = json.loads(path.read_text())
    assert result["complete"]
    assert result["settings"]["standalone"]["standalone"]["patience"] == 100
    assert [(row["mode"], row["epochs"], row["steps"]) for row in result["costs"]["supernets"]] == [
        ("full", 1, 1), ("full", 2, 2), ("none", 1, 1), ("none", 2, 2),
    ]  # fmt: skip
    real = ranking.protocol(ranking.Options(task="cora"))
    assert (real.space, real.supernet.epochs) == ("autoattend-graph", max(real.budgets))


def test_more_of_everything_is_the_same_protocol(options: ranking.Options, ground: Ground) -> None:
    more = replace(options, architectures=6, seeds=5, modes=("target",), supernet_seeds=4)
    grown = load_ground(ranking.protocol(more))
    assert grown.architectures[:4] == ground.architectures
    assert len({architecture.network_key() for architecture in grown.architectures}) == 6
    for name in ("standalone", "supernets"):
        with open_part(name, ranking.protocol(options), ground):
            pass
        with open_part(name, ranking.protocol(more), grown):
            pass


def test_another_protocol_is_refused(options: ranking.Options, ground: Ground) -> None:
    first = ranking.protocol(options)
    for name in ("standalone", "supernets"):
        with open_part(name, first, ground):
            pass
    other = ranking.protocol(replace(options, epochs=3, budgets=(1, 4)))
    with pytest.raises(RunFolderError, match=r"standalone\.epochs is 2 there and 3 now; choose another --work"):
        read_part("standalone", other, ground)
    with pytest.raises(RunFolderError, match=r"supernets\.budgets is \[1, 2\]"), open_part("supernets", other, ground):
        pass


@pytest.fixture
def part(options: ranking.Options, ground: Ground) -> Iterator[Part]:
    with open_part("standalone", ranking.protocol(options), ground) as part:
        yield part


def test_parts_run_side_by_side_but_each_once(options: ranking.Options, ground: Ground, part: Part) -> None:
    chosen = ranking.protocol(options)
    with open_part("supernets", chosen, ground):
        pass
    with pytest.raises(RunFolderError, match="in use by process"), open_part("standalone", chosen, ground):
        pass


def test_trainings_go_on_where_they_were(
    options: ranking.Options, ground: Ground, part: Part, kill_after: Kill, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen, items = ranking.protocol(options), len(ground.data.selection)
    assert [one.key for one in missing_trainings(chosen, ground, part)][:5] == [
        "0/seed0", "1/seed0", "2/seed0", "3/seed0", "0/seed1",
    ]  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        list(measure_standalone(chosen, ground, part, kill_after("stand-alone trainings", 3)))
    assert len(missing_trainings(chosen, ground, part)) == 5
    assert save_results(options.results, chosen, ground) is not None
    list(measure_standalone(chosen, ground, part, SilentObserver()))
    rows = read_part("standalone", chosen, ground)
    assert len(part.rows.events) == len(rows) == 8
    for row in rows:
        right = answers(row, "selection", items)
        assert row["scores"] == right.mean(axis=1).tolist()
        assert len(row["search_right"]) == len(row["scores"]) == len(row["selection_loss"]) == 2
        assert all(loss > 0 for half in ("selection", "search") for loss in row[f"{half}_loss"])
        assert row["seconds"] > 0 < row["parameters"]
    assert rows[0]["selection_right"] != rows[4]["selection_right"]
    monkeypatch.setattr(_ranking_standalone, "_train", None)
    assert list(measure_standalone(chosen, ground, part, SilentObserver())) == []


def test_a_training_that_diverges_has_a_row_without_scores(
    options: ranking.Options, ground: Ground, part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nni_autoattend.training.loop.SKIPPED_IN_A_ROW", 0)
    chosen = ranking.protocol(options)
    list(measure_standalone(chosen, ground, part, SilentObserver()))
    row = part.rows.events[0]
    assert (row["scores"], row["selection_right"], row["seconds"]) == ([], [], None)
    assert save_results(options.results, chosen, ground) is None


def test_wrong_words_are_one_line(options: ranking.Options, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--task", "trec", "--data-root", str(tmp_path), "--work", str(options.work)]
    assert ranking.main(words) == 2
    assert capsys.readouterr().err.startswith("error: data root")
    with pytest.raises(SystemExit):
        ranking.main(["--task", "trec", "--seeds", "0"])
    assert "expected a whole number of at least 1, found '0'" in capsys.readouterr().err


@pytest.mark.slow
def test_a_whole_run_interrupted_and_continued(
    options: ranking.Options, tmp_path: Path, kill_after: Kill, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ranking.run(replace(options, work=tmp_path / "other work"), SilentObserver())
    assert whole is not None
    expected = json.loads(whole.read_text())
    monkeypatch.setattr(_ranking_supernets, "_CHECKPOINT_MINUTES", 0.0)
    for steps in (2, 5):  # within the first budget's scoring (after the estimate's), then within the second's
        with pytest.raises(KeyboardInterrupt):
            ranking.run(options, kill_after("scoring", steps))
    path = ranking.run(options, SilentObserver())
    assert path is not None
    result = json.loads(path.read_text())
    for key in ("rankers", "differences", "ceilings", "controls", "architectures"):
        assert result[key] == expected[key]
    assert result["complete"]
    assert [(row["mode"], row["epochs"]) for row in result["rankers"]] == [
        ("full", 1), ("full", 2), ("none", 1), ("none", 2),
    ]  # fmt: skip
    costs = {(row["mode"], row["epochs"]): row for row in result["costs"]["supernets"]}
    assert costs["full", 2]["steps"] == 2 * costs["full", 1]["steps"] == 4
    assert costs["full", 1]["parameters"] > costs["none", 1]["parameters"]
    assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert "\n| none | 2 | 1 | " in tables(options.results)
    left = {file.name for file in (options.work / "ranking-listops" / "supernets").iterdir()}
    assert left == {".lock", "protocol.json", "rows.jsonl"}
    monkeypatch.setattr(_ranking_supernets, "_measure", None)
    monkeypatch.setattr(_ranking_standalone, "_train", None)
    assert ranking.run(options, SilentObserver()) == path


def test_a_size_is_part_of_the_protocol(options: ranking.Options) -> None:
    larger = replace(options, size=150)
    assert ranking.protocol(larger).data["size"] == 150
    assert load_ground(ranking.protocol(larger)).common["data"]["size"] == 150


def test_a_task_that_has_its_own_size_takes_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        ranking.main(["--task", "trec", "--size", "100"])
    assert "--size is for tasks made by rule (listops, communities); trec has its own" in capsys.readouterr().err
