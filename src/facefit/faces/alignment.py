"""From a face in a photo to the image that a network sees: one definition for training, evaluation and apps."""

from __future__ import annotations

from math import ceil, floor
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facefit.errors import InputError
from facefit.faces.detected import DetectedFace, Point
from facefit.pixels import resize

View = Literal["aligned", "cropped"]
"""Turned and scaled to fixed places of eyes, nose and mouth; or just the detected box, without margins."""
VIEWS: tuple[View, ...] = get_args(View)
MATCH_VIEW: View = "aligned"
"""How faces are shown to networks that do not say otherwise, and what their thresholds are for."""

TEMPLATE_PX = 112
TEMPLATE: tuple[Point, ...] = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)
"""Where the five points lie in an image of 112x112: the template that ArcFace's training code aligns to (Deng et al.
2019, section 3.1; InsightFace, `face_align.py`)."""

_MAX_OVERSAMPLING = 16


def view_face(photo: NDArray[np.uint8], face: DetectedFace, size: int, view: View) -> NDArray[np.uint8]:
    """The face as uint8 RGB (size, size, 3), aligned or cropped."""
    return align(photo, face.points, size) if view == "aligned" else crop(photo, face, size)


def similarity(source: tuple[Point, ...], target: tuple[Point, ...]) -> tuple[complex, complex]:
    """Turn-and-scale a and shift b, as complex numbers, that take x + iy to a(x + iy) + b, source nearest to target.

    Least squares over similarities without reflection (Umeyama 1991; in the plane the optimum is a quotient of sums).
    Raises `InputError` if the source points coincide.
    """
    z, w = (np.array([complex(x, y) for x, y in points]) for points in (source, target))
    centred = z - z.mean()
    spread = float((np.abs(centred) ** 2).sum())
    if not spread > 1e-6:
        raise InputError("the five points of a face coincide; expected eyes, nose and mouth at different places")
    a = complex((centred.conj() * (w - w.mean())).sum() / spread)
    return a, complex(w.mean() - a * z.mean())


def align(photo: NDArray[np.uint8], points: tuple[Point, ...], size: int) -> NDArray[np.uint8]:
    """The face turned, scaled and shifted so that its points fall on `TEMPLATE`, scaled to `size`.

    `photo` is uint8 RGB (h, w, 3); the result uint8 RGB (size, size, 3), black where the photo ends. Bilinear; where
    the photo is finer than the result, several samples a pixel are averaged. Raises `InputError` as `similarity` does.
    """
    a, b = similarity(points, tuple((x * size / TEMPLATE_PX, y * size / TEMPLATE_PX) for x, y in TEMPLATE))
    samples = min(max(1, ceil(1 / abs(a) - 1e-6)), _MAX_OVERSAMPLING)
    back, shift = 1 / a, -b / a  # from the result to the photo
    step = back / samples
    matrix = (step.real, -step.imag, shift.real, step.imag, step.real, shift.imag)
    side = size * samples
    fine = Image.fromarray(photo).transform((side, side), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    return np.asarray(fine.reduce(samples) if samples > 1 else fine, dtype=np.uint8)


def crop(photo: NDArray[np.uint8], face: DetectedFace, size: int) -> NDArray[np.uint8]:
    """The part of the box that lies in the photo, without margins, stretched to uint8 RGB (size, size, 3).

    This is the paper's protocol for cropped faces. Raises `InputError` if the box lies outside.
    """
    left, top, right, bottom = face.box
    height, width = photo.shape[:2]
    part = photo[max(floor(top), 0) : min(ceil(bottom), height), max(floor(left), 0) : min(ceil(right), width)]
    if 0 in part.shape or right <= 0 or bottom <= 0:
        raise InputError(f"a face at {face.box} lies outside of a photo of {width}x{height} pixels; detect it again")
    return resize(np.ascontiguousarray(part), size)
