import itertools
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.budget import Deadline
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.errors import DivergedError, RunFolderError, StorageError
from nni_autoattend.history import History, read_history
from nni_autoattend.network.text import TextNetwork
from nni_autoattend.progress import SilentObserver
from nni_autoattend.settings import NetworkShape, TrainingSettings
from nni_autoattend.training import loop
from nni_autoattend.training.checkpoint import load_checkpoint
from nni_autoattend.training.evaluation import Judgement
from nni_autoattend.training.loop import FitResult, fit
from nni_autoattend.training.weights import copy_trained_state

SETTINGS = TrainingSettings(epochs=4, batch_size=5, lr=0.05)  # 23 texts: 5 steps an epoch, 20 in all
SAVE_ALWAYS = 0.0
SEARCHED = Architecture(
    (
        AttentionLayer(0, "gru", "conv1", "conv3"),
        AdditionLayer(0, "maxpool3", "gru"),
        AdditionLayer(1, "gru", "zero"),
    )
)


class Killed(BaseException):
    """Ends a run as a kill does: nobody catches it."""


class Watcher(SilentObserver):
    """Counts steps and epochs; calls ``at[step]`` after a step and ``at[-epoch]`` when the epoch has its score."""

    def __init__(self, **at: Any) -> None:
        self.calls: list[Any] = []
        self.at = {int(name.replace("step", "").replace("epoch", "-")): action for name, action in at.items()}
        self.steps, self.epochs, self.finished = 0, 0, 0

    def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
        self.calls.append((phase, total, done))
        self.steps = done

    def advance(self, steps: int = 1, **figures: float) -> None:
        self.calls.append((steps, sorted(figures)))
        self.steps += steps
        self.epochs += "score" in figures
        action = self.at.get(self.steps if steps else -self.epochs)
        if action:
            action()

    def finish(self) -> None:
        self.finished += 1


def kill() -> None:
    raise Killed


def run(toy: SimpleNamespace, *, network: Any = None, poisoned: int = 0, **options: Any) -> tuple[Any, FitResult, Any]:
    """Return weights, result and history rows without seconds."""
    network = network or toy.Network()
    history = options.setdefault("history", History())
    options = {"settings": SETTINGS, "seed": 3, "phase": "p", **options}
    settings = options.pop("settings")
    result = fit(network, toy.train(poisoned), toy.selection(), "accuracy", 3, settings, **options)
    rows = [{name: value for name, value in row.items() if name != "seconds"} for row in history.rows]
    return copy_trained_state(network), result, rows


def assert_same(one: tuple[Any, FitResult, Any], other: tuple[Any, FitResult, Any]) -> None:
    assert one[0].keys() == other[0].keys()
    assert all(torch.equal(one[0][name], other[0][name]) for name in one[0])
    assert one[1:] == other[1:]


def test_learns_a_rule_and_tells_the_observer(toy: SimpleNamespace) -> None:
    watcher, network = Watcher(), toy.Network()
    _, result, rows = run(toy, network=network, settings=replace(SETTINGS, epochs=25), observer=watcher)
    assert result.best_score >= 0.75  # chance is 1 / 3
    assert result.best_score == max(row["score"] for row in rows) == rows[result.best_epoch - 1]["score"]
    assert (result.epochs_done, result.skipped, result.stopped_early) == (25, 0, False)
    assert [(row["epoch"], row["step"]) for row in rows] == [(epoch, 5 * epoch) for epoch in range(1, 26)]
    assert rows[-1]["loss"] < 0.5 * rows[0]["loss"]
    assert watcher.calls[0] == ("p", 125, 0)
    assert watcher.calls[1:7] == [(1, ["loss"])] * 5 + [(0, ["score"])]
    assert (watcher.steps, watcher.finished) == (125, 1)
    assert not network.training


def test_result_depends_on_the_seed_and_on_nothing_that_ran_before(toy: SimpleNamespace) -> None:
    first = run(toy)
    network = toy.Network()
    torch.rand(7)
    assert_same(run(toy, network=network), first)
    assert not torch.equal(run(toy, seed=4)[0]["classifier.weight"], first[0]["classifier.weight"])


@pytest.mark.parametrize("moment", ["step1", "step3", "step5", "step8", "step17", "step20", "epoch1", "epoch4"])
@pytest.mark.parametrize("poisoned", [0, 1])
def test_a_killed_run_continues_bit_for_bit(toy: SimpleNamespace, tmp_path: Path, moment: str, poisoned: int) -> None:
    whole = run(toy, poisoned=poisoned)
    options = {"checkpoint": tmp_path / "fit.pt", "checkpoint_minutes": SAVE_ALWAYS, "poisoned": poisoned}
    with pytest.raises(Killed):
        run(toy, observer=Watcher(**{moment: kill}), **options)

    watcher = Watcher()
    resumed = run(toy, network=toy.Network(seed=9), observer=watcher, **options)
    _, _, done = watcher.calls[0]
    assert done == (int(moment[4:]) if moment.startswith("step") else 5 * int(moment[5:]))
    assert_same(resumed, whole)
    assert whole[1].skipped == (4 if poisoned else 0)


def searched(seed: int, rate: float = 0.2) -> TextNetwork:
    torch.manual_seed(seed)
    shape = NetworkShape(width=8, heads=2, dropout=rate, attention_dropout=rate, aggregation_dropout=rate)
    return TextNetwork(SEARCHED, shape, TextDimensions(vocabulary_size=12, embedding_width=6, classes=3))


@pytest.mark.parametrize("moment", ["step2", "step7", "epoch1"])
def test_a_searched_network_continues_bit_for_bit(toy: SimpleNamespace, tmp_path: Path, moment: str) -> None:
    options = {"settings": replace(SETTINGS, epochs=2)}
    whole = run(toy, network=searched(0), **options)
    options |= {"checkpoint": tmp_path / "fit.pt", "checkpoint_minutes": SAVE_ALWAYS}
    with pytest.raises(Killed):
        run(toy, network=searched(0), observer=Watcher(**{moment: kill}), **options)
    assert_same(run(toy, network=searched(1), **options), whole)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_trains_as_the_cpu_does(toy: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = []
    for kind in ("cpu", "cuda"):
        monkeypatch.setattr(loop, "compute_device", lambda kind=kind: torch.device(kind))
        weights, result, _ = run(toy, network=searched(0, rate=0.0), settings=replace(SETTINGS, epochs=1, lr=0.001))
        assert {weight.device.type for weight in weights.values()} == {kind}
        outcomes.append(({name: weight.cpu() for name, weight in weights.items()}, result.best_score))
    (on_cpu, score), (on_gpu, other) = outcomes
    assert score == other
    for name, weight in on_cpu.items():
        torch.testing.assert_close(on_gpu[name], weight, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize(("saved", "killed"), [("step2", "step4"), ("step3", "step9"), ("step5", "step6")])
def test_work_after_the_last_checkpoint_is_done_again(
    toy: SimpleNamespace, tmp_path: Path, saved: str, killed: str
) -> None:
    path, older = tmp_path / "fit.pt", tmp_path / "older.pt"
    watcher = Watcher(**{saved: lambda: shutil.copy(path, older), killed: kill})
    options = {"checkpoint": path, "checkpoint_minutes": SAVE_ALWAYS}
    history = History(tmp_path / "history.csv")
    with pytest.raises(Killed):
        run(toy, observer=watcher, history=history, **options)
    older.replace(path)
    assert_same(run(toy, history=history, **options), run(toy))


@pytest.mark.parametrize("saving", [1, 2, 6, 7, 13])
def test_a_kill_within_saving_loses_at_most_that_checkpoint(
    toy: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saving: int
) -> None:
    options = {"checkpoint": tmp_path / "fit.pt", "checkpoint_minutes": SAVE_ALWAYS}
    count, save = itertools.count(1), torch.save

    def half(state: object, target: Path) -> None:
        save(state, target)
        if next(count) == saving:
            target.write_bytes(target.read_bytes()[:1000])
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(torch, "save", half)
        run(toy, **options)
    assert_same(run(toy, **options), run(toy))


def test_a_run_killed_twice_continues_bit_for_bit(toy: SimpleNamespace, tmp_path: Path) -> None:
    options = {"checkpoint": tmp_path / "fit.pt", "checkpoint_minutes": SAVE_ALWAYS}
    for moment in ("step4", "step11"):
        with pytest.raises(Killed):
            run(toy, observer=Watcher(**{moment: kill}), **options)
    assert_same(run(toy, **options), run(toy))


def test_a_finished_run_starts_from_its_last_checkpoint_and_ends_the_same(toy: SimpleNamespace, tmp_path: Path) -> None:
    options = {"checkpoint": tmp_path / "fit.pt", "checkpoint_minutes": SAVE_ALWAYS}
    first = run(toy, **options)
    watcher = Watcher()
    assert_same(run(toy, observer=watcher, **options), first)
    assert watcher.calls == [("p", 20, 20)]


def test_time_of_interrupted_runs_adds_up(toy: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "fit.pt"
    with pytest.raises(Killed):
        run(toy, checkpoint=path, checkpoint_minutes=SAVE_ALWAYS, observer=Watcher(step7=kill))
    state = load_checkpoint(path)
    assert state is not None
    state["watch"] = {"seconds": 1000.0, "cpu_seconds": 2000.0}
    torch.save(state, path)
    _, result, _ = run(toy, checkpoint=path)
    assert result.seconds > 1000
    assert result.cpu_seconds > 2000


def test_every_epoch_has_an_order_of_its_own_and_trains_with_dropout(toy: SimpleNamespace) -> None:
    network = toy.Network().eval()  # as a network that was evaluated before comes in
    seen: list[tuple[bool, list[int]]] = []
    network.register_forward_pre_hook(lambda module, inputs: seen.append((module.training, inputs[0].tokens.tolist())))
    run(toy, network=network)
    steps = [tokens for training, tokens in seen if training]
    assert len(steps) == 20
    epochs = [steps[start : start + 5] for start in (0, 5, 10, 15)]
    loader = toy.train()
    for number, epoch in enumerate(epochs):
        loader.set_epoch(number)
        assert epoch == [text.tokens.tolist() for text, _ in loader]
    assert all(epochs[0] != epoch for epoch in epochs[1:])


def test_nothing_is_saved_before_its_time(toy: SimpleNamespace, tmp_path: Path) -> None:
    run(toy, checkpoint=tmp_path / "fit.pt", checkpoint_minutes=60.0)
    assert not (tmp_path / "fit.pt").exists()


def test_of_the_best_epochs_that_with_the_lowest_loss_is_kept(
    toy: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    judgements = iter([(0.2, 0.1), (0.9, 0.5), (0.9, 0.4), (0.9, 0.4), (0.2, 0.1), (0.9, 0.5), (0.9, 0.4)])
    monkeypatch.setattr(loop, "judge", lambda *_: Judgement(*next(judgements)))
    weights, result, rows = run(toy)
    assert (result.best_epoch, result.best_score, result.epochs_done) == (3, 0.9, 4)
    assert [row["score"] for row in rows] == [0.2, 0.9, 0.9, 0.9]
    shorter, _, _ = run(toy, settings=replace(SETTINGS, epochs=3))
    assert torch.equal(weights["classifier.weight"], shorter["classifier.weight"])


def test_the_lowest_loss_may_be_the_best(toy: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    judgements = iter([(0.9, 0.5), (0.4, 0.2), (0.8, 0.3), (0.7, 0.3)])
    monkeypatch.setattr(loop, "judge", lambda *_: Judgement(*next(judgements)))
    _, result, _ = run(toy, settings=replace(SETTINGS, best="loss"))
    assert (result.best_epoch, result.best_score, result.epochs_done) == (2, 0.4, 4)


def test_patience_ends_a_training(toy: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    judgements = iter([(0.5, 0.5), (0.9, 0.5), (0.8, 0.1), (0.9, 0.5), (1.0, 0.1)])
    monkeypatch.setattr(loop, "judge", lambda *_: Judgement(*next(judgements)))
    _, result, rows = run(toy, settings=replace(SETTINGS, epochs=9, patience=2))
    assert (result.best_epoch, result.epochs_done, result.stopped_early) == (2, 4, False)
    assert len(rows) == 4


@pytest.mark.parametrize(("steps", "epochs_done", "best_epoch"), [(0, 0, 0), (3, 0, 1), (7, 1, 1), (19, 3, None)])
def test_a_deadline_ends_at_the_best_so_far(
    toy: SimpleNamespace, steps: int, epochs_done: int, best_epoch: int | None
) -> None:
    watcher, clock = Watcher(), itertools.count()
    deadline = Deadline(float(steps), lambda: float(next(clock)))
    weights, result, rows = run(toy, deadline=deadline, observer=watcher)
    assert (watcher.steps, watcher.finished) == (steps, 1)
    assert (result.stopped_early, result.epochs_done) == (True, epochs_done)
    assert result.best_score == max(row["score"] for row in rows)
    assert len(rows) == max(1, epochs_done)
    assert best_epoch is None or result.best_epoch == best_epoch
    untrained = torch.equal(weights["classifier.weight"], toy.Network().classifier.weight)
    assert untrained == (steps == 0)


def test_a_deadline_after_the_last_step_stops_nothing(toy: SimpleNamespace) -> None:
    clock = itertools.count()
    result = run(toy, deadline=Deadline(20.0, lambda: float(next(clock))))[1]
    assert (result.stopped_early, result.epochs_done) == (False, 4)


def test_ten_batches_without_a_loss_save_the_state_and_stop(toy: SimpleNamespace, tmp_path: Path) -> None:
    path, network, watcher = tmp_path / "fit.pt", toy.Network(), Watcher()
    with pytest.raises(DivergedError, match=r"10 batches in a row .*fit\.pt; try a smaller lr than 0\.05") as caught:
        run(toy, network=network, poisoned=23, checkpoint=path, observer=watcher)
    assert "\n" not in str(caught.value)
    assert watcher.finished == 1
    state = load_checkpoint(path)
    assert state is not None
    assert (state["standing"]["skipped"], state["standing"]["step"]) == (10, 10)
    assert torch.equal(network.classifier.weight, toy.Network().classifier.weight)
    with pytest.raises(DivergedError):
        run(toy, poisoned=23, checkpoint=path)


def test_skipped_batches_are_in_result_and_history(toy: SimpleNamespace) -> None:
    _, result, rows = run(toy, poisoned=1)
    assert result.skipped == 4
    assert [row["skipped"] for row in rows] == [1, 2, 3, 4]
    assert all(row["loss"] > 0 for row in rows)


def test_history_keeps_other_phases_and_replaces_its_own(toy: SimpleNamespace, tmp_path: Path) -> None:
    history = History(tmp_path / "history.csv")
    history.add("before", epoch=1)
    history.add("p", epoch=77)
    run(toy, history=history)
    rows = [(row["phase"], row["epoch"]) for row in read_history(tmp_path / "history.csv")]
    assert rows == [("before", "1"), ("p", "1"), ("p", "2"), ("p", "3"), ("p", "4")]


@pytest.mark.parametrize(
    ("other", "told"),
    [({"seed": 8}, "seed"), ({"phase": "q"}, "phase"), ({"settings": replace(SETTINGS, lr=0.1)}, "lr")],
)
def test_the_checkpoint_of_another_training_is_refused(
    toy: SimpleNamespace, tmp_path: Path, other: dict[str, Any], told: str
) -> None:
    run(toy, checkpoint=tmp_path / "fit.pt", checkpoint_minutes=SAVE_ALWAYS)
    with pytest.raises(RunFolderError, match=rf"another training \({told} differ\)"):
        run(toy, checkpoint=tmp_path / "fit.pt", **other)


def test_a_full_disk_stops_the_run_and_spares_the_checkpoint(
    toy: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"checkpoint": tmp_path / "fit.pt", "checkpoint_minutes": SAVE_ALWAYS}
    count, save = itertools.count(1), torch.save

    def full_disk(state: object, target: Path) -> None:
        if next(count) == 8:
            raise OSError(28, "No space left on device")
        save(state, target)

    with monkeypatch.context() as patch, pytest.raises(StorageError, match="intact"):
        patch.setattr(torch, "save", full_disk)
        run(toy, **options)
    assert_same(run(toy, **options), run(toy))
