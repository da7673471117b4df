"""What a descriptor looks at: how far it moves when a part of the face is covered (Zeiler & Fergus 2014, s. 4.2)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.faces.matching import Describer

STEPS = 11
PATCH_SHARE = 0.25
"""Side of the covering square as a share of the image's: an eye, or half a mouth."""


def occlusion_map(
    describer: Describer, face: NDArray[np.uint8], steps: int = STEPS, patch_share: float = PATCH_SHARE
) -> NDArray[np.float64]:
    """One minus the cosine to the uncovered face, float64 (steps, steps), with a square of the image's mean colour on
    each place of a grid; its middle goes from edge to edge.

    `face` is uint8 RGB (h, w, 3). Raises `InputError` for fewer than two steps, or a square larger than the image.
    """
    if steps < 2 or not 0 < patch_share <= 1:
        raise InputError(f"occlusion by {patch_share} of the side in {steps} steps; expected a share, and two or more")
    described = describer(np.stack([face, *_covered(face, steps, patch_share)])).astype(np.float64)
    moved: NDArray[np.float64] = 1.0 - described[1:] @ described[0]
    return moved.reshape(steps, steps)


def occlusion_maps(
    describer: Describer,
    faces: NDArray[np.uint8],
    progress: Callable[[int, int], None] = lambda done, total: None,
    steps: int = STEPS,
) -> NDArray[np.float64]:
    """The maps of several faces, uint8 RGB (n, h, w, 3): float64 (n, steps, steps)."""
    maps = np.empty((len(faces), steps, steps))
    for i, face in enumerate(faces):
        maps[i] = occlusion_map(describer, face, steps)
        progress(i + 1, len(faces))
    return maps


def _covered(face: NDArray[np.uint8], steps: int, share: float) -> NDArray[np.uint8]:
    """The face covered at every place of the grid, row by row: uint8 (steps ** 2, h, w, 3)."""
    height, width = face.shape[:2]
    grey = np.rint(face.reshape(-1, 3).mean(axis=0)).astype(np.uint8)
    covered = np.repeat(face[None], steps**2, axis=0)
    for k, (i, j) in enumerate(np.ndindex(steps, steps)):
        top, bottom = _span(height, i / (steps - 1), share)
        left, right = _span(width, j / (steps - 1), share)
        covered[k, top:bottom, left:right] = grey
    return covered


def _span(side: int, middle: float, share: float) -> tuple[int, int]:
    """Where the square begins and ends along one side; it sticks out at the edges."""
    half = share / 2
    return max(round((middle - half) * side), 0), min(round((middle + half) * side), side)
