"""Memory that large arrays leave behind, kept for the next ones."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
"""Settings of glibc's `mallopt`, as `malloc.h` numbers them."""
_LEAST = 256 * 2**20


def keep_freed_memory() -> None:
    """Has this process keep freed memory to its end instead of asking Linux for the same anew for each array.

    By default glibc maps large arrays for themselves and gives them back at once, so that each next one, such as the
    activations of a layer or the features of a generation, first waits for pages full of zeros, which takes about as
    long as computing it does. Does nothing where there is no glibc.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for setting, value in ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, 2**31 - 1), (_TOP_PAD, _LEAST)):
            mallopt(setting, value)
