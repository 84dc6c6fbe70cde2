"""The bucketing benchmark at toy size: what is trained and compared, what is done once, what its files say."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks import _bucketing_trainings, bucketing, text
from benchmarks._bucketing_output import summaries
from benchmarks._bucketing_trainings import architectures, remaining_seconds, train, trainings
from benchmarks._label_mix import entropy, label_mix
from benchmarks._protocol import open_bench
from nni_autoattend.datasets import prepare as preparing
from nni_autoattend.datasets.encoded import EncodedTexts, window_tensors
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.progress import SilentObserver
from nni_autoattend.published import SST5

NO_TEXTS = EncodedTexts([], torch.zeros(0, dtype=torch.int64))


@pytest.fixture
def options(tmp_path: Path) -> bucketing.Options:
    return bucketing.Options(seeds=1, epochs=1, toy=True, results=tmp_path / "results", work=tmp_path / "work")


@pytest.fixture
def bench(options: bucketing.Options) -> Iterator[Bench]:
    with open_bench(bucketing.protocol("listops", options), SilentObserver()) as (bench, _):
        yield bench


def encoded(lengths: list[int], labels: list[int]) -> EncodedTexts:
    return EncodedTexts(window_tensors([[[7] * length] for length in lengths]), torch.tensor(labels))


def test_entropy_is_in_bits() -> None:
    assert entropy(np.array([3, 3, 0, 3, 3])) == pytest.approx(2.0)
    assert entropy(np.array([1, 3])) == pytest.approx(0.25 * 2 + 0.75 * np.log2(4 / 3))
    assert entropy(np.array([0, 5])) == 0.0


def test_labels_that_do_not_follow_length_keep_their_mix_in_any_pool() -> None:
    texts = encoded([3] * 64, [0] * 32 + [1] * 32)  # ordered by class, as files often are
    mixes = [label_mix(texts, 2, 8, pool) for pool in (0, 2, 8)]
    assert mixes[0].entropy > 0.8
    assert mixes[1].entropy == pytest.approx(mixes[0].entropy)
    assert mixes[2].entropy == pytest.approx(mixes[0].entropy)


def test_labels_that_follow_length_lose_their_mix() -> None:
    texts = encoded([2, 6] * 32, [0, 1] * 32)
    random, sorted_ = label_mix(texts, 2, 8, 0), label_mix(texts, 2, 8, 8)
    assert random.entropy > 0.8 > sorted_.entropy_low == sorted_.entropy == 0.0
    assert (random.batches, sorted_.batches) == (8, 8)
    assert random.padding == pytest.approx(1 - 4 / 6)  # every random batch has a text of six tokens
    assert (sorted_.padding, sorted_.length) == (0.0, 4.0)
    assert random.tokens == sorted_.tokens == 32.0
    assert sorted_.tokens_deviation == 16.0 > random.tokens_deviation


def test_the_real_protocol_is_that_of_the_text_benchmark(tmp_path: Path) -> None:
    options = bucketing.Options(data_root=tmp_path)
    tested = text.protocol(text.Options(task="trec", data_root=tmp_path, epochs=6))
    for name in ("trec", "sst5"):
        protocol = bucketing.protocol(name, options)
        settings, other = protocol.settings(protocol.searches[0]), tested.settings(tested.searches[0])
        assert settings.data.task == name
        assert not settings.data.phrases
        assert settings.space == other.space
        assert settings.retrain.training() == replace(other.retrain.training(), bucket_pool=50)
        assert (settings.retrain.epochs, settings.retrain.batch_size, settings.retrain.lr) == (6, 128, 1.5e-3)


def test_architectures_are_the_published_beginning_and_fixed_draws(bench: Bench) -> None:
    chosen = architectures(bench, 2)
    genes = bench.settings.space.genes
    assert list(chosen) == ["published-first-2", "random-1", "random-2"]
    assert genes.to_published(chosen["published-first-2"]) == SST5[:2]
    assert len({one.network_key() for one in chosen.values()}) == 3
    assert architectures(bench, 2) == chosen
    assert replace(genes, layers=8).from_published(SST5[:8])


def test_trainings_that_are_compared_differ_in_the_pool_alone(bench: Bench) -> None:
    planned = trainings(bench, architectures(bench, 1), (0, 10, 50), 2)
    assert len(planned) == len({one.key for one in planned}) == 2 * 2 * 3
    for start in range(0, len(planned), 3):
        together = planned[start : start + 3]
        assert [one.variant.training.bucket_pool for one in together] == [one.pool for one in together] == [0, 10, 50]
        assert len({(one.architecture, one.variant.seed) for one in together}) == 1
        first, *others = (replace(one.variant.training, bucket_pool=0) for one in together)
        assert others == [first, first]


def test_the_estimate_is_of_what_is_left(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = trainings(bench, architectures(bench, 1), (0, 10), 1)
    assert remaining_seconds(planned, bench) > 0
    monkeypatch.setattr(_bucketing_trainings, "_epoch_seconds", lambda variant, bench: 10.0)
    assert remaining_seconds(planned, bench) == 40.0
    train(planned[0], bench)
    assert remaining_seconds(planned, bench) == 30.0


def test_a_row_says_how_the_training_went(bench: Bench) -> None:
    planned = trainings(bench, architectures(bench, 0), (0,), 1)
    row = train(planned[0], bench)
    assert 0 <= row["last_score"] <= row["score"] <= 1
    assert row["seconds_per_epoch"] > 0 < row["cpu_seconds_per_epoch"]
    assert (row["architecture"], row["pool"], row["seed"], row["epochs"]) == ("published-first-2", 0, 0, 1)
    assert train(planned[0], bench) == row


def row(architecture: str, pool: int, seed: int, score: float | None, seconds: float) -> dict[str, Any]:
    times = {"seconds_per_epoch": seconds, "cpu_seconds_per_epoch": seconds / 2}
    return {"architecture": architecture, "pool": pool, "seed": seed, "score": score, "last_score": score, **times}


ROWS = [
    *(row("a", 0, seed, score, 9.0) for seed, score in enumerate((0.5, 0.6, 0.7))),
    *(row("a", 10, seed, score, 3.0) for seed, score in enumerate((0.5, 0.5, 0.5))),
    *(row("b", 0, seed, score, 3.0) for seed, score in enumerate((0.9, 0.9, 0.9))),
    *(row("b", 10, seed, score, 3.0) for seed, score in enumerate((0.8, 0.9, None))),
]


def test_summaries_compare_each_training_with_its_twin() -> None:
    lines = {(line["architecture"], line["pool"]): line for line in summaries(ROWS)}
    assert list(lines) == [("a", 0), ("a", 10), ("b", 0), ("b", 10), ("all", 0), ("all", 10)]
    plain, pooled = lines["a", 0], lines["a", 10]
    assert (plain["mean"], plain["deviation"]) == (pytest.approx(0.6), pytest.approx(0.1))
    assert "difference" not in plain
    assert pooled["difference"] == pytest.approx(-0.1)
    assert pooled["difference_error"] == pytest.approx(0.1 / 3**0.5)
    assert pooled["plain_deviation"] == pytest.approx(0.1)
    assert (pooled["seconds_ratio"], pooled["cpu_seconds_ratio"]) == (3.0, 3.0)
    assert lines["b", 10]["trainings"] == 2  # one diverged and is compared with nothing
    assert lines["b", 10]["difference"] == pytest.approx(-0.05)
    assert not lines["b", 10]["reaches"]
    total = lines["all", 10]
    assert total["difference"] == pytest.approx(-0.4 / 5)
    assert total["plain_deviation"] == pytest.approx((0.01 / 2) ** 0.5)  # 0.1 and 0, the means' own gap left out
    assert not total["reaches"]
    assert total["seconds_ratio"] == pytest.approx((3 * 9 + 2 * 3) / 15)


def test_one_seed_gives_no_verdict() -> None:
    line = summaries([one for one in ROWS if one["seed"] == 0])[-1]
    assert (line["deviation"], line["reaches"]) == (None, None)
    assert line["difference"] == pytest.approx(-0.05)


def test_a_run_interrupted_and_continued_never_reads_the_test_split(
    options: bucketing.Options, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare, done = preparing.prepare, []

    def stop_after_four(training: Any, bench: Bench) -> dict[str, Any]:
        if len(done) == 4:
            raise KeyboardInterrupt
        done.append(training.key)
        return train(training, bench)

    monkeypatch.setattr(preparing, "prepare", lambda *arguments: replace(prepare(*arguments), test=NO_TEXTS))
    monkeypatch.setattr(_bucketing_trainings, "train", stop_after_four)
    with pytest.raises(KeyboardInterrupt):
        bucketing.run(options, SilentObserver())
    partial = json.loads((options.results / "bucketing.json").read_text())
    assert not partial["complete"]
    assert len(partial["tasks"]["listops"]["rows"]) == 4

    monkeypatch.setattr(_bucketing_trainings, "train", train)
    whole = json.loads(bucketing.run(options, SilentObserver()).read_text())
    rows = whole["tasks"]["listops"]["rows"]
    assert whole["complete"]
    assert len(rows) == len(bucketing.POOLS) * 3
    assert rows[:4] == partial["tasks"]["listops"]["rows"]
    rates = {"lr": 0.01, "weight_decay": 0.0, "clip": 1.0}
    plain = {"epochs": 1, "batch_size": 50, **rates, "patience": None, "best": "score", "consistency": None}
    assert whole["settings"]["training"] == plain
    assert list(whole["settings"]["architectures"]) == ["published-first-2", "random-1", "random-2"]
    assert {"versions", "machine", "command", "updated"} <= set(whole)

    assert bucketing.main(["--table", "--results", str(options.results)]) == 0
    table = capsys.readouterr().out
    assert table.startswith("**listops** (2 batches of 50 an epoch, 1 epochs, 1 seeds, 1 thread(s); accuracy on the")
    assert table.count("\n| all | ") == len(bucketing.POOLS)


def test_the_mix_is_written_and_shown(options: bucketing.Options, capsys: pytest.CaptureFixture[str]) -> None:
    result = json.loads(bucketing.run_mix(options, SilentObserver()).read_text())
    mixes = result["tasks"]["listops"]["mixes"]
    assert [mix["pool"] for mix in mixes] == list(bucketing.MIX_POOLS)
    assert mixes[0]["padding"] > mixes[1]["padding"]
    assert mixes[0]["tokens"] == mixes[1]["tokens"]
    assert bucketing.main(["--table", "--results", str(options.results)]) == 0
    assert capsys.readouterr().out.startswith("**listops** (100 texts, 2 batches of 50; labels of all texts: 3.3")


def test_wrong_data_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["--mix"]):
        assert bucketing.main(["--data-root", str(tmp_path), "--work", str(tmp_path / "work"), *words]) == 2
        assert "error: data root" in capsys.readouterr().err
