"""What a report on recognising people is told, as plain data; photos of faces stay in the user's own folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from facefit.report.view import KeyFigure


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """An image as the network sees it, uint8 RGB (h, w, 3), and what is written below."""

    image: NDArray[np.uint8]
    caption: str


@dataclass(frozen=True, slots=True, eq=False)
class LookedAt:
    """A face, and how far the descriptor moves when its parts are covered, float64 (steps, steps)."""

    photo: Photo
    occlusion: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MistakenPhoto:
    """A photo that was taken for somebody else: its nearest neighbours, and the photo of the right person."""

    probe: Photo
    nearest: tuple[Photo, ...]
    own: Photo


@dataclass(frozen=True, slots=True, eq=False)
class RecognitionReport:
    """`occlusion` is the mean map over `occlusion_n` faces, float64 (steps, steps). `points` are x and y of eyes, nose
    and corners of the mouth in 0..1, where all faces have them at the same place; `mistaken` counts all photos that
    were ever taken for somebody else, of which `mistakes` are some."""

    file: str
    headline: str
    subtitle: str
    figures: tuple[KeyFigure, ...]
    occlusion: NDArray[np.float64]
    occlusion_n: int
    points: tuple[tuple[float, float], ...]
    looked_at: tuple[LookedAt, ...]
    mistakes: tuple[MistakenPhoto, ...]
    mistaken: int
    made: Mapping[str, str] = field(default_factory=dict)
