"""keep_freed_memory: asks glibc, and leaves other systems alone."""

import ctypes
import subprocess
import sys

import pytest

from nni_autoattend.training import allocator

CODE = """
import resource
from nni_autoattend.training.allocator import keep_freed_memory
import torch
kept = keep_freed_memory()
def faults(count):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(count):
        torch.ones(500_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults(5)
print(int(kept), faults(50))
"""


@pytest.mark.skipif(sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallopt"), reason="needs glibc")
def test_freed_memory_is_used_again():
    told, faults = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True
    ).stdout.split()
    assert told == "1"
    assert int(faults) < 5000  # 50 tensors of 488 pages


def test_another_system_is_left_alone(monkeypatch):
    monkeypatch.setattr(allocator.sys, "platform", "darwin")
    assert not allocator.keep_freed_memory()


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda name: object())
    assert not allocator.keep_freed_memory()
