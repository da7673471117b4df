"""What photos come with: class numbers, int64 (n,), or rows, float32 (n, k), of votes for classes or of a descriptor.

Rows of one-hot numbers are as wide as there are classes; with thousands of people they would take more memory than the
photos, so they are made where a batch is read.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Targets: TypeAlias = NDArray[np.int64] | NDArray[np.float32]


def width_of(targets: Targets, classes: int) -> int:
    """How many columns they have as rows."""
    return classes if targets.ndim == 1 else int(targets.shape[1])


def labels_of(targets: Targets) -> NDArray[np.int64]:
    """Index of the most voted class, shape (n,)."""
    return np.asarray(targets if targets.ndim == 1 else targets.argmax(axis=1), dtype=np.int64)


def rows_of(targets: NDArray[Any], classes: int) -> NDArray[np.float32]:
    """As rows, float32 (n, k)."""
    if targets.ndim == 2:
        return np.asarray(targets, dtype=np.float32)
    one_hot = np.zeros((len(targets), classes), np.float32)
    one_hot[np.arange(len(targets)), targets] = 1
    return one_hot
