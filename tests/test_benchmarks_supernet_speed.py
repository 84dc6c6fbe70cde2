"""The speed benchmark: what it times is the same work on both paths, what it samples stands for the whole."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks import _speed_clock, _speed_memory, _speed_rows, _speed_texts, supernet_speed
from benchmarks._speed_batches import class_batches, cut_evenly, sample_epoch
from benchmarks._speed_clock import Timed, ratios, summary, time_rounds
from benchmarks._speed_covering import covering
from benchmarks._speed_estimate import estimate
from benchmarks._speed_ground import Ground, Setting, Sizes
from benchmarks._speed_networks import measure_evaluations, measure_retraining
from benchmarks._speed_rows import measure_lengths, measure_steps, measure_updates
from benchmarks._speed_supernet import SpeedSupernet
from benchmarks._speed_tables import tables
from benchmarks._speed_texts import load_texts
from nni_autoattend.datasets.batches import TextLoader
from nni_autoattend.errors import AutoAttendError, DataError
from nni_autoattend.genes import Genes
from nni_autoattend.ops.table import holds_weights
from nni_autoattend.progress import SilentObserver
from nni_autoattend.recipes import load_space
from nni_autoattend.report.cells import DASH
from nni_autoattend.supernet.context import reachable_slots, slot_of

SIZES = Sizes(**{**supernet_speed.QUICK, "rounds": 2})
TOY: dict[str, Any] = {
    "sizes": SIZES,
    "space": {"genes.layers": 3, "search.width": 8, "search.heads": 2},
    "strategy": {"arguments.paths": 4, "search.batch_size": 20},
    "parts": {"phrases": 600, "roots": 200, "dev": 40},
}
NO_DROPOUT = dict.fromkeys(("search.dropout", "search.attention_dropout", "search.aggregation_dropout"), 0.0)


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(root=None, cache=str(tmp_path), threads=1, **TOY)


@pytest.fixture
def ground(setting: Setting) -> Ground:
    return setting.ground()


def gradients(net: SpeedSupernet) -> dict[str, torch.Tensor]:
    found = {name: weight.grad for name, weight in net.model.named_parameters() if weight.grad is not None}
    net.forget_gradients()
    return found


def test_generated_texts_have_the_lengths_of_the_treebank() -> None:
    texts = load_texts(None, Path("unused"), {"phrases": 20_000, "roots": 5_000, "dev": 1_101})
    phrases, roots = texts.phrases.lengths.numpy(), texts.roots.lengths.numpy()
    assert (texts.source, len(texts.dev), texts.dimensions.classes) == ("generated", 1_101, 5)
    assert phrases.mean() == pytest.approx(4.51, abs=0.2)
    assert ((phrases == 1).mean(), np.quantile(phrases, 0.9)) == (
        pytest.approx(0.5, abs=0.01),
        pytest.approx(13, abs=1),
    )
    assert roots.mean() == pytest.approx(19.1, abs=0.5)
    assert (roots.min(), roots.max()) == (2, pytest.approx(50, abs=4))
    words = torch.cat([windows[0] for windows in texts.phrases.windows])
    assert 2 <= int(words.min()) <= int(words.max()) < texts.words  # neither padding nor unknown
    assert not texts.dimensions.tune_embedding


TREES = ["(3 (2 It) (4 (2 is) (4 good)))", "(1 (2 It) (0 (2 is) (0 bad)))", "(2 (2 Films) (2 exist))"]


@pytest.fixture
def treebank(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "sst" / "trees"
    folder.mkdir(parents=True)
    for part, trees in (("train", TREES), ("dev", TREES[:2] * 2), ("test", TREES[:1])):
        (folder / f"{part}.txt").write_text("\n".join(trees) + "\n", encoding="utf-8")
    return tmp_path / "data"


def test_the_treebank_is_read_once_and_kept(treebank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_texts(treebank, tmp_path)
    assert (first.source, len(first.roots), len(first.dev)) == ("sst5", 3, 4)
    assert first.words == 2 + len({"It", "is", "good", "bad", "Films", "exist"})
    assert len(first.phrases) == 5 + 5 + 3 + 3  # every node, every sentence twice
    monkeypatch.setattr(_speed_texts, "load_splits", None)
    again = load_texts(treebank, tmp_path)
    for part in _speed_texts.PARTS:
        one, other = getattr(first, part), getattr(again, part)
        assert torch.equal(one.labels, other.labels)
        assert all(torch.equal(a[0], b[0]) for a, b in zip(one.windows, other.windows, strict=True))


def test_other_trees_are_read_anew(treebank: Path, tmp_path: Path) -> None:
    load_texts(treebank, tmp_path)
    (treebank / "sst/trees/dev.txt").write_text("\n".join(TREES * 2) + "\n", encoding="utf-8")
    assert len(load_texts(treebank, tmp_path).dev) == 6


def test_a_data_root_without_the_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="lacks files"):
        load_texts(tmp_path, tmp_path)


def test_cuts_are_even_whole_and_in_order() -> None:
    sizes = np.array([1] * 60 + [5] * 12 + [30, 30])[np.random.default_rng(0).permutation(74)]
    runs = cut_evenly(sizes, 6)
    assert sorted(np.concatenate(runs).tolist()) == list(range(74))
    assert [len(run) for run in runs] == [30, 30, 6, 6, 1, 1]
    assert sizes[runs[0]].max() <= sizes[runs[2]].min()
    weighted = sum(len(run) / len(sizes) * sizes[run].mean() for run in runs)  # what a draw from each run expects
    assert weighted == pytest.approx(sizes.mean())


def test_more_cuts_than_batches_take_each_once() -> None:
    assert sorted(run.tolist() for run in cut_evenly(np.array([3, 1, 2]), 50)) == [[0], [1], [2]]


def test_a_sample_stands_for_the_epoch(ground: Ground) -> None:
    texts = ground.texts.phrases
    batches = [text for text, _ in TextLoader(texts, 20, shuffle=True, pool=10)]
    sample = sample_epoch(texts, 20, 10, 1_000, seed=0)  # every batch is drawn
    assert (sample.in_epoch, len(sample.batches)) == (30, 30)
    assert sum(batch.weight for batch in sample.batches) == pytest.approx(1)
    assert sum(batch.weight * batch.text.layout.tokens for batch in sample.batches) * 30 == texts.lengths.sum()
    assert sample.padded_length == pytest.approx(np.mean([text.mask.shape[1] for text in batches]))
    assert sample.longest.text.mask.numel() == max(text.mask.numel() for text in batches)
    few = sample_epoch(texts, 20, 10, 4, seed=0)
    tokens = [batch.text.layout.tokens for batch in few.batches]
    assert len(tokens) == 4 and tokens == sorted(tokens)
    assert sum(batch.weight for batch in few.batches) == pytest.approx(1)
    assert few.batches[0].weight > few.batches[-1].weight


def test_class_batches_keep_to_their_lengths(ground: Ground) -> None:
    batches = class_batches(ground.texts.phrases, 2, 4, 20, seed=0)
    for batch in (next(batches), next(batches)):
        counts = batch.text.mask.sum(dim=1)
        assert (len(batch.labels), batch.text.texts) == (20, 20)
        assert 2 <= int(counts.min()) <= int(counts.max()) <= 4
        assert "layout" not in vars(batch.fresh[0])


class FakeClock:
    """Time passes only where a test lets it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.calls = 0.0, list[str]()
        monkeypatch.setattr(_speed_clock.time, "perf_counter", lambda: self.now)
        monkeypatch.setattr(_speed_clock.time, "process_time", lambda: 2 * self.now)

    def spend(self, name: str, seconds: float) -> None:
        self.calls.append(name)
        self.now += seconds


def test_rounds_take_turns_and_resets_are_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock(monkeypatch)
    weights: Iterator[float] = iter((1.0, 3.0))

    def make() -> dict[str, Timed]:
        weight = next(weights)
        return {
            "reference": Timed(2, lambda: clock.spend("reference", 8.0 * weight), weight),
            "fast": Timed(4, lambda: clock.spend("fast", 4.0), weight, lambda: clock.spend("reset", 100.0)),
        }

    timings = summary(time_rounds([make, make]))
    assert clock.calls == ["reference", "reset", "fast", "reset", "fast", "reference"]
    assert timings["reference"]["seconds"] == [4.0, 12.0]
    assert timings["reference"]["mean"] == (1 * 4 + 3 * 12) / 4
    assert (timings["reference"]["median"], timings["reference"]["min"], timings["reference"]["max"]) == (8, 4, 12)
    assert timings["fast"]["seconds"] == [1.0, 1.0]
    assert timings["fast"]["cpu_mean"] == 2.0
    assert ratios(timings["reference"], timings["fast"]) == {
        "of_means": 10.0,
        "median": 8.0,
        "min": 4.0,
        "max": 12.0,
        "mean": 8.0,
    }


def test_both_paths_do_the_same_work(setting: Setting) -> None:
    ground = replace(setting, space={**TOY["space"], **NO_DROPOUT}).ground()
    net, batch = ground.net, next(class_batches(ground.texts.phrases, 1, 30, 20, seed=3))
    samples = net.draw(ground.paths)
    net.reference_pass(batch, samples)
    expected = gradients(net)
    for run in (net.fast_pass, net.fast_pass_together):
        run(batch, samples)
        found = gradients(net)
        assert list(found) == list(expected)
        for name in expected:
            torch.testing.assert_close(found[name], expected[name], rtol=1e-4, atol=1e-5, msg=name)


@pytest.mark.parametrize("path", ["reference", "fast"])
def test_a_step_moves_what_its_paths_touch_and_nothing_else(ground: Ground, path: str) -> None:
    net, batch = ground.net, next(class_batches(ground.texts.phrases, 2, 4, 20, seed=3))
    samples = net.draw(1)
    net.reference_pass(batch, samples)
    touched = set(gradients(net))
    before = {name: weight.detach().clone() for name, weight in net.model.named_parameters()}
    (net.reference_step if path == "reference" else net.fast_step)(batch, samples)
    moved = {name for name, weight in net.model.named_parameters() if not torch.equal(weight, before[name])}
    assert moved
    assert moved <= touched < set(before)
    assert not gradients(net)


@pytest.mark.parametrize("mode", ["full", "target", "source", "none"])
def test_covering_architectures_visit_every_weight(mode: Any) -> None:
    genes: Genes = load_space("autoattend-text", {"genes.layers": 5}).genes
    found = list(covering(genes, mode, Random(0)))
    assert all(genes.contains(architecture) for architecture in found)
    visited = {slot_of(edge, mode).key(edge.operation) for one in found for edge in one.edges()}
    names = [name for name in genes.state_operations if holds_weights(name)]
    assert {slot.key(name) for slot in reachable_slots(genes, mode) for name in names} <= visited
    assert len(found) < 120


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("path", ["reference", "fast"])
def test_memory_is_watched_in_the_steady_state(ground: Ground, path: str) -> None:
    found = _speed_memory.watch(ground, path)
    assert found["weights_without_moments"] == 0
    assert found["steps"] == ground.sizes.memory_steps + 2
    assert found["weight_bytes"] == 4 * sum(weight.numel() for weight in ground.net.weights)
    assert found["peak_bytes"] >= found["filled_bytes"] > found["weight_bytes"] > 0


def test_rows_name_their_variants(ground: Ground) -> None:
    short = measure_lengths(ground, "1")
    assert list(short["timings"]) == ["reference", "1", "2", "4", "fast"]
    assert {len(own["seconds"]) for own in short["timings"].values()} == {2}
    steps = measure_steps(ground)
    assert set(steps["timings"]) == {f"{path}, pool {pool}" for path in ("reference", "fast") for pool in (0, 50)}
    assert "reference, pool 0 / fast, pool 50" in steps["ratios"]
    assert [epoch["pool"] for epoch in steps["epochs"]] == [0, 50]
    assert set(measure_updates(ground)["timings"]) == {"reference", "fast"}
    retraining = measure_retraining(ground)
    assert retraining["parameters"] > 0
    assert set(retraining["timings"]) == set(steps["timings"])


def test_paths_that_would_take_too_much_memory_at_once_are_left_out(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_speed_rows, "_MOST_TOGETHER", 79)
    assert list(measure_lengths(ground, "1")["timings"]) == ["reference", "1", "2", "fast"]  # 20 tokens, 4 paths


def test_evaluations_say_what_was_scored_and_that_both_paths_agree(ground: Ground) -> None:
    row = measure_evaluations(ground)
    assert set(row["timings"]) == {"reference", "fast", "fast, workers"}
    assert (row["texts"], row["workers"]) == (40, 1)
    assert row["distinct"] <= 40
    assert 0 <= row["largest_logit_difference"] < 1e-4


def test_the_estimate_is_of_the_rows_that_are_asked_for(ground: Ground) -> None:
    assert estimate(["updates"], ground) > 0
    assert estimate([], ground) == 0


def fake_memory(setting: Setting) -> dict[str, Any]:
    sizes = {"reference": 3 * 2**30, "fast": 2**30}
    processes = {path: {"peak_bytes": size} for path, size in sizes.items()}
    return {"unit": "bytes", "processes": processes, "ratios": {"reference / fast": {"of_means": 3.0}}}


@pytest.fixture
def options(tmp_path: Path) -> supernet_speed.Options:
    return supernet_speed.Options(
        threads=1, results=tmp_path / "results", work=tmp_path / "work", changes=TOY, command="toy"
    )


class Sayings(SilentObserver):
    def __init__(self, stop_after: str = "") -> None:
        self.said, self.stop_after = list[str](), stop_after

    def say(self, text: str) -> None:
        self.said.append(text)
        if self.stop_after and text.startswith(self.stop_after):
            raise KeyboardInterrupt


def test_an_interrupted_run_goes_on(options: supernet_speed.Options, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_speed_memory, "measure_memory", fake_memory)
    with pytest.raises(KeyboardInterrupt):
        supernet_speed.run(options, Sayings("length 2-4"))
    partial = json.loads(options.path.read_text())
    assert list(partial["rows"]) == ["length 1", "length 2-4"]
    assert not partial["complete"]
    heard = Sayings()
    whole = json.loads(supernet_speed.run(options, heard).read_text())
    assert whole["complete"]
    assert list(whole["rows"]) == list(supernet_speed.ROWS)
    assert {name: whole["rows"][name] for name in partial["rows"]} == partial["rows"]
    assert "8 of 10 rows are missing" in heard.said[0]
    assert heard.said[1].startswith("about ")
    assert whole["settings"]["texts"] == "generated"
    assert {"versions", "machine", "command", "updated"} <= set(whole)
    written = options.path.stat().st_mtime_ns
    assert supernet_speed.run(options, SilentObserver()).stat().st_mtime_ns == written

    shown = tables(options.path)
    assert f"| step of 4 paths with optimiser, pool 50 | {DASH} |" in shown
    assert (
        "| peak memory of training, all moments filled | ≈ 3.7 GiB | 3.00 GiB | 1.00 GiB | 3.0 | ≤ 2.3 GiB |" in shown
    )
    assert shown.count("\n| ") == 2 * 1 + 12 + 2 + 4  # headers, lines, rules, length classes


def test_other_settings_are_refused(options: supernet_speed.Options) -> None:
    few = replace(options, rows=("updates",))
    supernet_speed.run(few, SilentObserver())
    changed = replace(few, changes={**TOY, "sizes": replace(SIZES, updates=5)})
    with pytest.raises(AutoAttendError, match=r"sizes\.updates is 2 there and 5 now"):
        supernet_speed.run(changed, SilentObserver())


def test_a_quick_run_has_a_file_of_its_own(options: supernet_speed.Options) -> None:
    assert options.path.name == "supernet_speed.json"
    assert replace(options, quick=True).path.name == "supernet_speed-quick.json"
    assert replace(options, quick=True, changes={}).setting().sizes.rounds == 1
    assert replace(options, changes={}).setting().sizes == Sizes()


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--results", str(tmp_path), "--work", str(tmp_path)]
    assert supernet_speed.main([*words, "--table"]) == 0
    assert capsys.readouterr().out == ""  # nothing is measured yet
    assert supernet_speed.main([*words, "--data-root", str(tmp_path)]) == 2
    assert "error: data root" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_processes_of_their_own_measure_memory(setting: Setting) -> None:
    ballast = torch.ones(300 * 2**20 // 4)  # a heavy parent is no part of its children's peak
    found = _speed_memory.measure_memory(setting)["processes"]
    assert ballast.numel() and set(found) == {"reference", "fast"}
    assert all(process["weights_without_moments"] == 0 for process in found.values())
    assert all(2**27 < process["peak_bytes"] < 2**31 for process in found.values())


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_process_that_fails_is_told(setting: Setting) -> None:
    with pytest.raises(AutoAttendError, match=r"memory failed.*lacks files"):
        _speed_memory.measure_memory(replace(setting, root="/nowhere"))
