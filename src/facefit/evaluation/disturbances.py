"""What can happen to a photo of a face, in steps of growing severity."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from facefit.evaluation.photos import Cut
from facefit.faces.alignment import View, view_face
from facefit.faces.detected import DetectedFace

Pixels: TypeAlias = NDArray[np.uint8]
Move: TypeAlias = Callable[[Pixels, DetectedFace, float, np.random.Generator], tuple[Pixels, DetectedFace]]
Spoil: TypeAlias = Callable[[Pixels, float, np.random.Generator], Pixels]

VIEW_PX = 224
"""Views are disturbed at this size, whatever a network takes: otherwise each would be tested on something else."""


def _stay(photo: Pixels, face: DetectedFace, level: float, rng: np.random.Generator) -> tuple[Pixels, DetectedFace]:
    return photo, face


def _keep(view: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    return view


@dataclass(frozen=True, slots=True)
class Disturbance:
    """A kind of disturbance and its levels, mildest first; `move` acts on photo and detected face, before the face is
    cut out, `spoil` on the cut-out view."""

    name: str
    unit: str
    levels: tuple[float, ...]
    move: Move = _stay
    spoil: Spoil = _keep

    def cut(self, view: View, level: float, rng: np.random.Generator) -> Cut:
        """Cuts out faces and disturbs them; views have `VIEW_PX`, whatever size is asked for."""

        def disturbed(photo: Pixels, face: DetectedFace, size: int) -> Pixels:
            return self.spoil(view_face(*self.move(photo, face, level, rng), VIEW_PX, view), level, rng)

        return disturbed


def undisturbed_cut(view: View) -> Cut:
    """The same views as they are."""
    return lambda photo, face, size: view_face(photo, face, VIEW_PX, view)


def add_noise(view: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """White noise whose power is `level` dB over the image's variance, then stretched to 0..255.

    As in the paper's notebook, which calls it SNR: its -30 dB is the mildest and 10 dB the strongest noise.
    """
    values = view.astype(np.float64)
    noisy = values + rng.normal(0.0, np.sqrt(values.var() * 10 ** (level / 10)), values.shape)
    span = max(float(np.ptp(noisy)), 1e-9)
    return np.asarray(np.rint((noisy - noisy.min()) * (255 / span)), dtype=np.uint8)


def blur(view: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Gaussian blur with a deviation of `level` percent of the image's side."""
    radius = level / 100 * view.shape[0]
    return np.asarray(Image.fromarray(view).filter(ImageFilter.GaussianBlur(radius)), dtype=np.uint8)


def compress(view: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """JPEG of quality `level`."""
    buffer = io.BytesIO()
    Image.fromarray(view).save(buffer, "JPEG", quality=int(level))
    return np.asarray(Image.open(buffer).convert("RGB"), dtype=np.uint8)


def darken(view: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """`level` percent of the light, in whole pixel values as a camera keeps them."""
    return np.asarray(np.rint(view * (level / 100)), dtype=np.uint8)


def occlude(view: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """A grey square over `level` percent of the image, anywhere."""
    side = round(view.shape[0] * (level / 100) ** 0.5)
    top, left = rng.integers(0, view.shape[0] - side + 1, 2)
    covered = view.copy()
    covered[top : top + side, left : left + side] = 128
    return covered


def tilt(photo: Pixels, face: DetectedFace, level: float, rng: np.random.Generator) -> tuple[Pixels, DetectedFace]:
    """The photo turned about the face by `level` degrees to either side, unnoticed by the detector."""
    angle = level * rng.choice((-1, 1))
    turned = Image.fromarray(photo).rotate(angle, Image.Resampling.BICUBIC, center=face.centre)
    return np.asarray(turned, dtype=np.uint8), face


def jitter(photo: Pixels, face: DetectedFace, level: float, rng: np.random.Generator) -> tuple[Pixels, DetectedFace]:
    """The detection shifted by up to `level` percent of the box's sides, and scaled by up to as much."""
    left, top, right, bottom = face.box
    (x, y), reach = face.centre, level / 100
    scale = 1 + rng.uniform(-reach, reach)
    shift_x, shift_y = rng.uniform(-reach, reach, 2) * (right - left, bottom - top)

    def moved(at: tuple[float, float]) -> tuple[float, float]:
        return x + shift_x + scale * (at[0] - x), y + shift_y + scale * (at[1] - y)

    box = (*moved((left, top)), *moved((right, bottom)))
    return photo, DetectedFace(box, tuple(moved(point) for point in face.points), face.score)


DISTURBANCES: tuple[Disturbance, ...] = (
    Disturbance("noise", "dB", (-30, -20, -10, 0, 10), spoil=add_noise),
    Disturbance("blur", "% of the side", (1, 2, 4, 8), spoil=blur),
    Disturbance("jpeg", "quality", (40, 20, 10, 5), spoil=compress),
    Disturbance("darkness", "% of the light", (50, 25, 12, 6), spoil=darken),
    Disturbance("occlusion", "% of the area", (10, 20, 30, 40), spoil=occlude),
    Disturbance("tilt", "degrees", (10, 20, 30, 45), move=tilt),
    Disturbance("crop jitter", "% of the box", (5, 10, 15, 20), move=jitter),
)
