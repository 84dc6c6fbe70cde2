"""The text benchmark at toy size: what its rows are made of, what is done once, and what its files say."""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import _output, _rows, _searches, text
from benchmarks._clock import KeptClock
from benchmarks._estimate import estimate
from benchmarks._kept_rows import Kept, pack, read_kept, unpack
from benchmarks._protocol import Protocol, SearchPlan, open_bench
from benchmarks._searches import Searched, run_search
from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.budget import Deadline
from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.network.text import TextNetwork, count_parameters
from nni_autoattend.progress import SilentObserver
from nni_autoattend.strategy.candidates import Candidate

FIRST = Architecture((AdditionLayer(0, "conv1", "zero"), AttentionLayer(0, "conv1", "identity", "conv3")))
SECOND = Architecture((AdditionLayer(0, "identity", "maxpool3"), AdditionLayer(1, "conv3", "zero")))
NAMES = [plan.name for plan in _rows.row_plans()]


@pytest.fixture
def options(tmp_path: Path) -> text.Options:
    return text.Options(task="listops", epochs=1, toy=True, results=tmp_path / "results", work=tmp_path / "work")


@pytest.fixture
def protocol(options: text.Options) -> Protocol:
    return text.protocol(options)


@pytest.fixture
def opened(protocol: Protocol, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Bench, Any]]:
    monkeypatch.setattr("nni_autoattend.experiment.bootstrap.RESAMPLES", 50)
    with open_bench(protocol, SilentObserver()) as opened:
        yield opened


def plan_of(name: str) -> Any:
    return next(plan for plan in _rows.row_plans() if plan.name == name)


def searched(name: str, seed: int, *architectures: Architecture) -> Searched:
    figures = {"name": name, "seed": seed, "wall_seconds": 60.0, "cpu_seconds": 50.0, "evaluations": 4}
    genes = text.protocol(text.Options(task="listops", toy=True)).settings(SearchPlan("", "autoattend")).space.genes
    return Searched(architectures, {**figures, "top": [genes.to_published(one) for one in architectures]})


def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr("nni_autoattend.training.loop.fit", fail)


class FakeSearch:
    """Stands in for ``strategy.search``, which needs nni; notes the deadlines that it was given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.deadlines: list[Deadline] = []
        self.settings: list[tuple[Any, Any]] = []
        module = ModuleType("nni_autoattend.strategy.search")
        module.search_architectures = self.search  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "nni_autoattend.strategy.search", module)

    def search(self, space: Any, strategy: Any, data: Any, context: Any) -> list[Candidate]:
        self.deadlines.append(context.deadline)
        self.settings.append((space, strategy))
        context.journal.record("evaluation", f"{len(self.deadlines)}", fitness=0.5)
        return [Candidate(FIRST, 0.5), Candidate(SECOND, 0.4)]


def test_searches_differ_in_what_they_are_named_for(protocol: Protocol) -> None:
    settings = {plan.name: protocol.settings(plan) for plan in protocol.searches}
    assert {name: found.space.sharing for name, found in settings.items()} == {
        "autoattend": "full",
        "random": "full",
        "sharing-none": "none",
        "untrained": "full",
    }
    tested, random = settings["autoattend"], settings["random"]
    for control in ("sharing-none", "untrained"):
        assert settings[control].strategy == tested.strategy
        assert settings[control].retrain == tested.retrain
    assert random.strategy.class_name == "nni.nas.strategy:Random"
    assert random.retrain.top_k == tested.retrain.top_k == 2
    assert all(found.budget is None and found.threads == 1 for found in settings.values())


def test_the_real_protocol_is_the_issues(tmp_path: Path) -> None:
    real = text.protocol(text.Options(task="trec", data_root=tmp_path))
    settings = real.settings(real.searches[0])
    assert settings.space.name == "autoattend-text-small"
    assert (settings.space.genes.layers, settings.space.search.width) == (8, 64)
    assert settings.data.vectors is None
    assert not settings.data.phrases
    random = real.settings(real.searches[1])
    assert (random.strategy.search.lr, random.strategy.search.batch_size) == (settings.retrain.lr, 128)


def test_rows_start_with_the_found_one_and_name_all_that_is_compared() -> None:
    assert NAMES[0] == "found"
    assert {plan.search for plan in _rows.row_plans()} == {"autoattend", "random", "sharing-none", "untrained", ""}
    assert {"text-cnn", "bigru-attention", "transformer", "tfidf-logistic", _rows.PUBLISHED} < set(NAMES)


def test_a_clock_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    path.write_text('{"wall_seconds": 100.0, "cpu_seconds": 70.0}')
    clock = KeptClock(path, SilentObserver())
    assert clock.resumed
    clock.write()
    kept = json.loads(path.read_text())
    assert 100.0 <= kept["wall_seconds"] <= clock.wall_seconds
    assert 70.0 <= kept["cpu_seconds"] <= clock.cpu_seconds
    assert not KeptClock(tmp_path / "other.json", SilentObserver()).resumed


def test_a_clock_writes_while_it_is_told_of_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = KeptClock(tmp_path / "clock.json", SilentObserver())
    clock.advance()
    assert not clock.path.exists()
    monkeypatch.setattr("benchmarks._clock._WRITE_EVERY", 0.0)
    clock.advance()
    assert clock.path.exists()


def test_a_search_is_done_once(protocol: Protocol, opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench, _ = opened
    fake = FakeSearch(monkeypatch)
    first = run_search(protocol.searches[0], 3, [], protocol, bench)
    again = run_search(protocol.searches[0], 3, [], protocol, bench)
    assert first.architectures == again.architectures
    assert set(first.architectures) == {FIRST, SECOND}
    assert first.figures == again.figures
    assert (first.figures["seed"], first.figures["evaluations"], first.figures["supernet_steps"]) == (3, 1, None)
    assert len(fake.deadlines) == 1
    assert fake.deadlines[0].at is None


def test_untrained_weights_are_those_of_a_training_without_time(
    protocol: Protocol, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeSearch(monkeypatch)
    run_search(protocol.searches[3], 0, [], protocol, opened[0])
    before, search = fake.deadlines
    assert before.expired()
    assert not search.expired()


def test_random_search_has_the_time_of_the_search_under_test(
    protocol: Protocol, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeSearch(monkeypatch)
    earlier = [searched("autoattend", 1, FIRST), searched("autoattend", 0, SECOND)]
    run_search(protocol.searches[1], 1, earlier, protocol, opened[0])
    assert 50 < fake.deadlines[0].remaining() <= 60
    assert fake.settings[0][1].kind == "multi-trial"


@pytest.mark.parametrize(
    ("wall", "cpu", "resumed", "left"),
    [(10.0, 5.0, False, 50.0), (59.0, 10.0, False, 40.0), (60.0, 50.0, False, 0.0), (70.0, 60.0, True, 15.0)],
)
def test_time_is_up_when_wall_clock_and_processor_say_so(wall: float, cpu: float, resumed: bool, left: float) -> None:
    class Clock:
        wall_seconds, cpu_seconds = wall, cpu

    clock: Any = Clock()
    clock.resumed = resumed
    model = {"wall_seconds": 60.0, "cpu_seconds": 50.0}
    assert _searches._deadline(model, clock).remaining() == pytest.approx(left)


def test_another_protocol_is_refused(options: text.Options, protocol: Protocol) -> None:
    with open_bench(protocol, SilentObserver()):
        pass
    other = open_bench(text.protocol(replace(options, epochs=2)), SilentObserver())
    with pytest.raises(RunFolderError, match=r"retrain\.epochs is 1 there and 2 now"), other:
        pass


def test_one_process_at_a_time(protocol: Protocol, opened: Any) -> None:
    with pytest.raises(RunFolderError, match="in use by process"), open_bench(protocol, SilentObserver()):
        pass


def test_more_seeds_are_the_same_protocol(options: text.Options, protocol: Protocol) -> None:
    for seeds in (1, 3):
        with open_bench(text.protocol(replace(options, seeds=seeds)), SilentObserver()) as (bench, _):
            assert bench.settings.retrain.seeds == seeds


def test_a_searched_row_pools_all_searches_of_its_own(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench, splits = opened
    searches = [
        searched("autoattend", 0, FIRST, SECOND),
        searched("random", 0, SECOND),
        searched("autoattend", 1, SECOND),
    ]
    row = plan_of("found").measure(bench, splits, searches)
    assert row.measured.name == "found"
    assert len(row.measured.predictions) == len(row.measured.validation) == 4  # two searches, two seeds each
    assert len(row.trainings) == 3 + 2  # the first search has two candidates to choose from
    assert {one["name"] for one in row.trainings} == {"autoattend search 0", "autoattend search 1"}
    no_training(monkeypatch)
    assert plan_of("found").measure(bench, splits, searches) == row


def test_random_architectures_are_trained_once_each(opened: Any) -> None:
    bench, splits = opened
    row = plan_of("5 random architectures").measure(bench, splits, [])
    assert len(row.measured.predictions) == len(row.trainings) == 5
    assert len({one["name"] for one in row.trainings}) == 5
    assert {one["seed"] for one in row.trainings} == {0}
    assert len({one["parameters"] for one in row.trainings}) > 1


def test_the_published_architecture_is_tuned_like_a_baseline(opened: Any) -> None:
    bench, splits = opened
    row, cnn = plan_of(_rows.PUBLISHED).measure(bench, splits, []), plan_of("text-cnn").measure(bench, splits, [])
    published = _rows.published_architecture(bench)
    assert len(published.layers) == 24
    network = TextNetwork(published, bench.retrain_shape, bench.data.dimensions)
    assert row.measured.parameters == count_parameters(network) != cnn.measured.parameters
    assert (
        [one["label"] for one in row.trainings[:2]] == [one["label"] for one in cnn.trainings[:2]] == ["lr-1", "lr-2"]
    )
    assert len(row.measured.predictions) == bench.settings.retrain.seeds


def test_planned_trainings_are_those_that_are_done(opened: Any) -> None:
    bench, splits = opened
    for name in ("found", "5 random architectures", "bigru-attention", "tfidf-logistic"):
        row = plan_of(name).measure(bench, splits, [searched("autoattend", 0, FIRST, SECOND)])
        assert sum(plan_of(name).trainings(bench, 1).values()) == len(row.trainings)


def test_the_result_file_after_some_rows(options: text.Options, protocol: Protocol, opened: Any) -> None:
    bench, splits = opened
    searches = [searched("autoattend", 0, FIRST)]
    plans = [plan_of(name) for name in ("found", "tfidf-logistic", "text-cnn")]
    rows = [plan.measure(bench, splits, searches) for plan in plans[:2]]
    path = options.results / "text-listops.json"
    _output.save_results(path, plans, rows, searches, protocol, bench)
    result = json.loads(path.read_text())
    found, trivial = result["rows"]
    assert not result["complete"]
    assert (found["difference"], found["verdict"], found["search_wall_seconds"]) == (None, "", 60.0)
    assert trivial["verdict"] in ("beats", "equal", "loses")
    assert trivial["low"] <= trivial["difference"] <= trivial["high"]
    assert trivial["difference"] == pytest.approx(found["test_mean"] - trivial["test_mean"])
    assert trivial["search_wall_seconds"] is None
    assert result["settings"]["retrain"]["epochs"] == 1
    assert set(result["settings"]["strategies"]) == {plan.name for plan in protocol.searches}
    assert {"versions", "machine", "command", "started", "updated", "class_counts"} <= set(result)


def test_a_result_file_keeps_what_its_rows_were_computed_from(
    options: text.Options, protocol: Protocol, opened: Any
) -> None:
    bench, splits = opened
    searches = [searched("autoattend", 0, FIRST, SECOND)]
    plans = [plan_of("found"), plan_of("tfidf-logistic")]
    rows = [plan.measure(bench, splits, searches) for plan in plans]
    path = options.results / "text-listops.json"
    _output.save_results(path, plans, rows, searches, protocol, bench)
    same, genes = _output.same_protocol(protocol, bench), bench.settings.space.genes
    kept = read_kept(path, same, protocol, plans, genes)
    assert list(kept.searches.values()) == searches and list(kept.rows) == ["found", "tfidf-logistic"]
    for row, known in zip(rows, kept.rows.values(), strict=True):
        assert known.measured == row.measured
        assert list(known.trainings) == json.loads(json.dumps(row.trainings))
    assert read_kept(path, {**same, "data_fingerprint": "other"}, protocol, plans, genes) == Kept()
    settings, space = same["settings"], same["settings"]["space"]
    for other in ({"retrain": {}}, {"space": {**space, "sharing": "none"}}):
        assert read_kept(path, {**same, "settings": {**settings, **other}}, protocol, plans, genes) == Kept()
    suggesting = {**same, "settings": {**settings, "space": {**space, "run": {"search": {"simplifications": 9}}}}}
    assert list(read_kept(path, suggesting, protocol, plans, genes).rows) == ["found", "tfidf-logistic"]
    assert read_kept(path.with_name("missing.json"), same, protocol, plans, genes) == Kept()


def test_other_searches_leave_baselines_as_they_are(options: text.Options, protocol: Protocol, opened: Any) -> None:
    bench, splits = opened
    searches = [searched(name, 0, FIRST, SECOND) for name in ("autoattend", "random", "sharing-none")]
    plans = [plan for plan in _rows.row_plans() if plan.search in ("autoattend", "random", "sharing-none")]
    plans.append(plan_of("tfidf-logistic"))
    rows = [plan.measure(bench, splits, searches) for plan in plans]
    path, genes = options.results / "text-listops.json", bench.settings.space.genes
    _output.save_results(path, plans, rows, searches, protocol, bench)

    def kept(changed: Protocol) -> tuple[list[str], list[str]]:
        known = read_kept(path, _output.same_protocol(changed, bench), changed, plans, genes)
        return [name for name, _ in known.searches], list(known.rows)

    under_test, random, *others = protocol.searches
    changed = replace(under_test, overrides={**under_test.overrides, "arguments.paths": 3})
    control = "same search, sharing none"
    assert kept(replace(protocol, searches=(changed, random, *others))) == (
        ["sharing-none"],
        [control, "tfidf-logistic"],
    )
    more = replace(protocol, search_seeds=2, control_seeds=1)
    names = ["autoattend", "random", "sharing-none"]
    assert kept(more) == (names, ["random search, same wall time", control, "tfidf-logistic"])


@given(st.lists(st.integers(0, 300)).map(tuple) | st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1))).map(tuple))
def test_packed_classes_are_read_as_they_were(classes: Any) -> None:
    assert unpack(pack(classes)) == classes


def test_the_table_is_made_from_the_files(
    options: text.Options, protocol: Protocol, opened: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    bench, splits = opened
    searches = [searched("autoattend", 0, FIRST)]
    plans = [plan_of("found"), plan_of("tfidf-logistic")]
    rows = [plan.measure(bench, splits, searches) for plan in plans]
    _output.save_results(options.results / "text-listops.json", plans, rows, searches, protocol, bench)
    assert text.main(["--table", "--results", str(options.results)]) == 0
    table = capsys.readouterr().out
    assert table.startswith("**listops** (1 epochs, 2 tuning runs, 2 retraining seeds, 1 search seed(s), 1 thread(s))")
    assert "\n| found | " in table
    assert "\n| tfidf-logistic | " in table
    assert "autoattend (seed 0) 1 min 00 s wall, 50.0 s CPU, 4 evaluations" in table


def test_the_estimate_counts_every_training_and_search(
    protocol: Protocol, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, _ = opened
    names = ("searched", "published", "text-cnn", "bigru-attention", "transformer")
    monkeypatch.setattr("benchmarks._estimate._step_seconds", lambda bench: dict.fromkeys(names, 1.0))
    trainings = estimate(_rows.row_plans(), replace(protocol, search_seeds=0, control_seeds=0), bench)
    assert trainings == 2 * (5 + 4 * 3)  # 2 batches; 5 random ones, 4 tuned twice and trained with a second seed
    controls = estimate([], replace(protocol, search_seeds=2), bench)
    protocol = replace(protocol, control_seeds=None)
    one = estimate([], replace(protocol, search_seeds=1), bench)
    assert one > 0
    assert estimate([], replace(protocol, search_seeds=3), bench) == pytest.approx(3 * one)
    assert one < controls < 2 * one


def test_a_control_is_searched_as_often_as_it_says(protocol: Protocol) -> None:
    often = replace(protocol, search_seeds=3, control_seeds=2)
    assert [often.seeds_of(plan.name) for plan in often.searches] == [3, 2, 2, 2]
    assert replace(often, control_seeds=None).seeds_of("random") == 3 and often.seeds_of("") == 0


def test_wrong_data_is_one_line(options: text.Options, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--task", "trec", "--data-root", str(tmp_path), "--work", str(options.work)]
    assert text.main(words) == 2
    assert capsys.readouterr().err.startswith("error: data root")


@pytest.mark.slow
def test_a_whole_run_interrupted_and_continued(options: text.Options, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nni_autoattend.experiment.bootstrap.RESAMPLES", 50)
    measure = _rows._random

    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(_rows, "_random", interrupt)
    path = options.results / "text-listops.json"
    with pytest.raises(KeyboardInterrupt):
        text.run(options, SilentObserver())
    partial = json.loads(path.read_text())
    assert not partial["complete"]
    assert [row["name"] for row in partial["rows"]] == NAMES[:-1]  # random architectures come last
    monkeypatch.setattr(_rows, "_random", measure)
    assert text.run(options, SilentObserver()) == path
    whole = json.loads(path.read_text())
    assert whole["complete"]
    assert [row["name"] for row in whole["rows"]] == NAMES
    assert whole["rows"][:-1] == partial["rows"]
    assert whole["searches"] == partial["searches"]
    steps = {search["name"]: search["supernet_steps"] for search in whole["searches"]}
    assert steps["untrained"] == 0
    assert steps["random"] is None
    assert steps["autoattend"] == steps["sharing-none"] > 0
    seconds = {search["name"]: search["wall_seconds"] for search in whole["searches"]}
    assert seconds["random"] >= seconds["autoattend"]
    no_training(monkeypatch)
    text.run(options, SilentObserver())
    assert json.loads(path.read_text())["rows"] == whole["rows"]
    shutil.rmtree(options.work)  # another checkout
    text.run(options, SilentObserver())
    again = json.loads(path.read_text())
    assert (again["rows"], again["searches"]) == (whole["rows"], whole["searches"])
