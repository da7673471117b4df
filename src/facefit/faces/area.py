"""Shrinking by area means: the resize of the detector, in whole numbers, so that it is the same in any language."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Window = tuple[int, int, int, int]
"""Left, top, right and bottom edge in whole pixels; may stick out of the photo."""


class AreaMeans:
    """Means over parts of one photo, uint8 RGB (h, w, 3), from sums that are made once (Crow 1984, summed areas).

    What lies outside of the photo counts as black.
    """

    def __init__(self, photo: NDArray[np.uint8]) -> None:
        self._sums = np.zeros((photo.shape[0] + 1, photo.shape[1] + 1, 3), np.int64)
        self._sums[1:, 1:] = photo.cumsum(axis=0, dtype=np.int64).cumsum(axis=1)

    def __call__(self, window: Window, height: int, width: int) -> NDArray[np.float32]:
        """The window at another size, float32 RGB (height, width, 3) in 0..255.

        Pixel i of n becomes the mean over the pixels from floor(i * side / n) up to ceil((i + 1) * side / n).
        """
        left, top, right, bottom = window
        rows, columns = _edges(top, bottom, height), _edges(left, right, width)
        inside = [np.clip(edges, 0, side - 1) for edges, side in zip((rows, columns), self._sums.shape, strict=False)]
        (upper, lower), (near, far) = inside
        sums = self._sums
        total = sums[lower[:, None], far] - sums[upper[:, None], far]
        total += sums[upper[:, None], near] - sums[lower[:, None], near]
        areas = (rows[1] - rows[0])[:, None] * (columns[1] - columns[0])
        return np.asarray(total / areas[..., None], dtype=np.float32)


def _edges(start: int, end: int, count: int) -> NDArray[np.int64]:
    """First and last edge of each of `count` intervals, int (2, count)."""
    i, side = np.arange(count), end - start
    return np.stack([start + i * side // count, start - (-(i + 1) * side // count)])
