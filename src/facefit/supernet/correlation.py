"""The gradient of depthwise kernels as machine code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numba
import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float32]
Correlate: TypeAlias = Callable[[Array, Array, Array, int, int], None]


def _compiled(function: Correlate) -> Correlate:
    """Compiled when it is first called, and kept for the next process where there is a folder to keep it in."""
    try:
        kept: Correlate = numba.njit(fastmath=True, nogil=True, cache=True)(function)
    except RuntimeError:
        kept = numba.njit(fastmath=True, nogil=True)(function)
    return kept


@_compiled
def correlate(x: Array, gradient: Array, sums: Array, stride: int, margin: int) -> None:
    """Adds to `sums`, (k, k, c): every pixel of `x`, (n, h, w, c), times the gradient of each place that saw it.

    The innermost loop runs over whole rows of channels, since only that becomes vector instructions.
    """
    for n in range(len(x)):
        for i in range(gradient.shape[1]):
            for ki in range(len(sums)):
                row = i * stride + ki - margin
                if 0 <= row < x.shape[1]:
                    for j in range(gradient.shape[2]):
                        for kj in range(len(sums)):
                            column = j * stride + kj - margin
                            if 0 <= column < x.shape[2]:
                                seen, slope, total = x[n, row, column], gradient[n, i, j], sums[ki, kj]
                                for c in range(len(total)):
                                    total[c] += seen[c] * slope[c]
