"""Where two photos stand, and where lines and labels disturb least: off the faces, and off each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import ceil, floor, log
from statistics import median

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""

Point = tuple[float, float]
Size = tuple[int, int]

_SCREEN = 1.6
"""Width over height that a picture is best seen at."""

_HEIGHT_PX, _MAX_WIDTH_PX = 720, 1600
_FACE_PX, _MOST_PX, _MOST_ENLARGED, _STEPS = 80, 3200, 6.0, 2
"""Photos grow until half of their faces are this large, but not beyond this size, nor until tiny ones are a blur; in
steps of a half, so that two alike are equally large."""

_CELL_PX, _STUB_PX, _SAMPLES = 4, 10, 96
_FACE, _LABEL, _LINE, _OUTSIDE = 12.0, 12.0, 6.0, 100.0
"""What a pixel of way costs more there than on free ground."""

_LATER = 600.0
"""What a label pays for the last of its places rather than the first: less than for crossing a line."""

_SIDES = np.array([(x, y) for at in (0.5, 0.25, 0.75) for x, y in ((at, 0), (1, at), (at, 1), (0, at))])
_OUTWARDS = np.tile([(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)], (3, 1))
_BOWS = np.array([0.0, 0.15, 0.3])
"""How far a line keeps the direction in which it leaves a face, in shares of the way; 0 is straight."""


def scale(photo: Size, faces: Sequence[Box]) -> float:
    """How many times as large as it is a photo is shown."""
    width, height = photo
    times = min(_HEIGHT_PX / height, _MAX_WIDTH_PX / width)
    if faces:
        face = times * median(min(right - left, bottom - top) for left, top, right, bottom in faces)
        growth = ceil(_STEPS * _FACE_PX / max(1.0, face)) / _STEPS
        times *= max(1.0, min(growth, _MOST_PX / (times * max(photo))))
    return min(times, _MOST_ENLARGED)


def places(sizes: Sequence[Size], gap: int) -> tuple[Size, list[Size]]:
    """Size of the whole, and left and top of both photos: side by side, or stacked where that is nearer to a screen."""
    (w1, h1), (w2, h2) = sizes
    beside, stacked = (w1 + gap + w2, max(h1, h2)), (max(w1, w2), h1 + gap + h2)
    if min((beside, stacked), key=lambda whole: abs(log(whole[0] / whole[1] / _SCREEN))) == beside:
        return beside, [(0, (beside[1] - h1) // 2), (w1 + gap, (beside[1] - h2) // 2)]
    return stacked, [((stacked[0] - w1) // 2, 0), ((stacked[0] - w2) // 2, h1 + gap)]


def places_at(face: Box, size: Point) -> list[Point]:
    """Where the middle of a label of this size can be: outside the face, above it first, or else in its corners."""
    left, top, right, bottom = face
    half_w, half_h = size[0] / 2, size[1] / 2
    across = (left + half_w, right - half_w, (left + right) / 2)
    outside = [(x, y) for y in (top - half_h, bottom + half_h) for x in across]
    outside += [(x, y) for y in (top + half_h, bottom - half_h) for x in (left - half_w, right + half_w)]
    return outside + [(x, y) for y in (top + half_h, bottom - half_h) for x in across[:2]]


def places_on(way: NDArray[np.float64], size: Point) -> list[Point]:
    """Where the middle of a line's label can be: on the line, near either of its faces first, or else beside it."""
    some = [(float(x), float(y)) for x, y in way[:: max(1, len(way) // 60)]]
    on = [point for pair in zip(some, reversed(some), strict=True) for point in pair][: len(some)]
    sides = ((size[0] / 2, 0.0), (-size[0] / 2, 0.0), (0.0, size[1] / 2), (0.0, -size[1] / 2))
    return on + [(x + right, y + down) for x, y in on for right, down in sides]


class Ground:
    """A picture with faces on it, where lines find their ways, and labels their places, one after another."""

    def __init__(self, size: Size, faces: Sequence[Box]) -> None:
        width, height = size
        self._size = size
        free = np.zeros((ceil(height / _CELL_PX), ceil(width / _CELL_PX)))
        self._cost = np.pad(free, 1, constant_values=_OUTSIDE)
        for face in faces:
            self._cells(face)[...] += _FACE

    def line(self, a: Box, b: Box) -> NDArray[np.float64]:
        """Points (n, 2) from an edge of one face to an edge of another, on the way that costs least."""
        starts, ends = _anchors(a, _STUB_PX), _anchors(b, _STUB_PX)
        i, j, k = (index.ravel() for index in np.indices((len(starts), len(ends), len(_BOWS))))
        reach = np.linalg.norm(ends[j] - starts[i], axis=1, keepdims=True) * _BOWS[k, None]
        corners = np.stack((starts[i], starts[i] + reach * _OUTWARDS[i], ends[j] + reach * _OUTWARDS[j], ends[j]))
        ways = _curves(corners, _SAMPLES)
        lengths = np.linalg.norm(np.diff(ways, axis=1), axis=2)
        for own in (a, b):  # not through these themselves
            self._cells(own)[...] += _OUTSIDE
        best = int((lengths * (1 + self._cost[self._at((ways[:, 1:] + ways[:, :-1]) / 2)])).sum(axis=1).argmin())
        for own in (a, b):
            self._cells(own)[...] -= _OUTSIDE
        way = _curves(corners[:, best : best + 1], 2 + int(lengths[best].sum() / _CELL_PX))[0]
        self._occupy(way)
        return np.concatenate((_anchors(a, 0)[i[best], None], way, _anchors(b, 0)[j[best], None]))

    def label(self, size: Point, middles: Sequence[Point], own: Box | None = None) -> Box:
        """The freest place for a label, early ones preferred; rather on its `own` face than on others."""
        if own:
            self._cells(own)[...] -= _FACE - 1
        boxes = [self._inside(size, middle) for middle in middles]
        costs = [(self._cells(box) ** 2).sum() + _LATER * rank / len(boxes) for rank, box in enumerate(boxes)]
        best = boxes[int(np.argmin(costs))]
        if own:
            self._cells(own)[...] += _FACE - 1
        self._cells(best)[...] += _LABEL
        return best

    def _occupy(self, way: NDArray[np.float64]) -> None:
        """Keeps other lines and labels at a distance from this one."""
        near = np.zeros(self._cost.shape, bool)
        for offset in product(range(-2, 3), repeat=2):
            near[self._at(way + _CELL_PX * np.array(offset))] = True
        self._cost[near] += _LINE

    def _inside(self, size: Point, middle: Point) -> Box:
        left, top = (
            max(0.0, min(at - side / 2, whole - side)) for at, side, whole in zip(middle, size, self._size, strict=True)
        )
        return left, top, left + size[0], top + size[1]

    def _cells(self, box: Box) -> NDArray[np.float64]:
        left, top, right, bottom = (side / _CELL_PX for side in box)
        return self._cost[max(0, floor(top) + 1) : ceil(bottom) + 1, max(0, floor(left) + 1) : ceil(right) + 1]

    def _at(self, points: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        cells = np.floor(points / _CELL_PX).astype(np.intp) + 1
        height, width = self._cost.shape
        return np.clip(cells[..., 1], 0, height - 1), np.clip(cells[..., 0], 0, width - 1)


def _anchors(face: Box, outside: float) -> NDArray[np.float64]:
    """Points of the edges where lines can begin, moved outwards."""
    left, top, right, bottom = face
    return np.array([left, top]) + _SIDES * (right - left, bottom - top) + outside * _OUTWARDS


def _curves(corners: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Points (curve, n, 2) of Bezier curves by four points each, (4, curve, 2)."""
    t = np.linspace(0, 1, n)
    weights = np.stack(((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3))
    return np.tensordot(corners, weights, (0, 0)).swapaxes(1, 2)
