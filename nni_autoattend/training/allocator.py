"""How the C library keeps memory that tensors have freed."""

import ctypes
import sys

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # glibc's malloc.h
_NEVER = 2**30
_PAD = 64 * 2**20


def keep_freed_memory() -> bool:
    """Let freed memory be used again instead of going back to the system; tell whether that could be had.

    A training step frees and takes the same tensors of a megabyte over and over; glibc gives them back each time, and
    the system zeroes each page anew: a fifth of a supernet step on a CPU. The peak is no higher, it only stays. Only
    for glibc; elsewhere nothing is done.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # another C library
        return False
    return all(mallopt(*option) for option in ((_MMAP_THRESHOLD, _NEVER), (_TRIM_THRESHOLD, _NEVER), (_TOP_PAD, _PAD)))
