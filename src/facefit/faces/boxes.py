"""Boxes as arrays: float64 (n, 4) of left, top, right, bottom in pixels from the photo's upper left corner."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
Scores = NDArray[np.float32]


def strongest(
    boxes: Boxes, scores: Scores, overlap: float, relative_to: Literal["union", "smaller"]
) -> NDArray[np.intp]:
    """Indices, best first, of boxes that no better one covers by more than `overlap` (non-maximum suppression).

    Overlap is the common area as a share of the union, or of the smaller box.
    """
    areas = _area(boxes)
    order, kept = np.argsort(-scores, kind="stable"), []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(best)
        common = _area(
            np.hstack([np.maximum(boxes[best, :2], boxes[rest, :2]), np.minimum(boxes[best, 2:], boxes[rest, 2:])])
        )
        whole = areas[best] + areas[rest] - common if relative_to == "union" else np.minimum(areas[best], areas[rest])
        order = rest[common <= overlap * whole]
    return np.array(kept, np.intp)


def shifted(boxes: Boxes, shifts: NDArray[np.float32]) -> Boxes:
    """Each edge moved by its shift, float (n, 4), in units of the box's width or height."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return boxes + shifts * np.hstack([sides, sides])


def squares(boxes: Boxes) -> Boxes:
    """The squares around the same centres with the longer side, on whole pixels and at least one pixel large."""
    sides = np.maximum(np.rint((boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True)), 1.0)
    corners = np.rint((boxes[:, :2] + boxes[:, 2:] - sides) / 2)
    return np.hstack([corners, corners + sides])


def _area(boxes: Boxes) -> NDArray[np.float64]:
    """0 for boxes whose edges are in the wrong order."""
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0.0)
    area: NDArray[np.float64] = sides[:, 0] * sides[:, 1]
    return area
