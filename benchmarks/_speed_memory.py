"""The peak memory of supernet training in its steady state, each path in a process of its own.

    python -m benchmarks._speed_memory '{"path": "fast", "setting": {...}}'

Run so by ``measure_memory``. The process does what a search does: it loads the texts, builds the supernet and takes
steps. First come steps on a few short phrases whose architectures are chosen to visit every slot, until Adam holds
moments of every weight; then the longest batch of a bucketed epoch, steps on batches that stand for that epoch, and the
longest batch once more.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from benchmarks._speed_batches import class_batches, sample_epoch
from benchmarks._speed_clock import FAST, REFERENCE
from benchmarks._speed_covering import covering
from benchmarks._speed_ground import Ground, Setting
from benchmarks._speed_supernet import SpeedSupernet
from nni_autoattend.errors import AutoAttendError
from nni_autoattend.experiment.bench import torch_threads
from nni_autoattend.schema import read
from nni_autoattend.training.allocator import keep_freed_memory

_FEW_TEXTS = 8
_STATUS = Path("/proc/self/status")


def measure_memory(setting: Setting) -> dict[str, Any]:
    """Measure the peak memory of both paths, one process after the other.

    Raises:
        AutoAttendError: a process failed.
    """
    found = {}
    for path in (REFERENCE, FAST):
        told = json.dumps({"path": path, "setting": asdict(setting)})
        command = [sys.executable, "-m", "benchmarks._speed_memory", told]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
            raise AutoAttendError(f"the process that measures memory failed: {reason}")
        found[path] = json.loads(done.stdout.splitlines()[-1])
    ratio = found[REFERENCE]["peak_bytes"] / found[FAST]["peak_bytes"]
    return {"unit": "bytes", "processes": found, "ratios": {f"{REFERENCE} / {FAST}": {"of_means": ratio}}}


def watch(ground: Ground, path: str) -> dict[str, Any]:
    """Train in this process and return its peak memory, and what it held on the way."""
    figures: dict[str, Any] = {"texts_bytes": memory("VmRSS")}
    net = SpeedSupernet(ground.space, ground.strategy, ground.texts.dimensions)
    figures |= {"built_bytes": memory("VmRSS"), "weight_bytes": 4 * sum(weight.numel() for weight in net.weights)}
    step, optimizer = (net.reference_step, net.optimizer) if path == REFERENCE else (net.fast_step, net.step.optimizer)
    phrases = class_batches(ground.texts.phrases, 2, 4, _FEW_TEXTS, seed=0)  # a single word asks for no Query or Key
    visits = [
        ground.space.genes.to_sample(one) for one in covering(ground.space.genes, ground.space.sharing, Random(0))
    ]
    for start in range(0, len(visits), ground.paths):
        step(next(phrases), visits[start : start + ground.paths])
    figures |= {"visits": len(visits), "weights_without_moments": _without_moments(net.weights, optimizer)}
    figures["filled_bytes"] = memory("VmRSS")
    epoch = sample_epoch(ground.texts.phrases, ground.batch_size, 50, ground.sizes.memory_steps, seed=0)
    batches = [epoch.longest, *epoch.batches, epoch.longest]
    for batch in batches:
        step(batch, net.draw(ground.paths))
    return {**figures, "steps": len(batches), "peak_bytes": memory("VmHWM")}


def memory(name: str) -> int:
    """Return a figure of this process in bytes: ``VmRSS``, resident now, or ``VmHWM``, the most so far.

    Not ``ru_maxrss``: Linux lets a process inherit that of the one which started it.
    """
    lines = dict(line.split(":", 1) for line in _STATUS.read_text(encoding="ascii").splitlines())
    return 1024 * int(lines[name].split()[0])


def _without_moments(weights: list[Any], optimizer: Any) -> int:
    return sum(weight not in optimizer.state for weight in weights)


def main() -> None:
    """Measure what the command line says and print it as JSON."""
    told = json.loads(sys.argv[1])
    setting = read(Setting, told["setting"], "setting")
    keep_freed_memory()
    with torch_threads(setting.threads):
        print(json.dumps(watch(setting.ground(), told["path"])))


if __name__ == "__main__":
    main()
