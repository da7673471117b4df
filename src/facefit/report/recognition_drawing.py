"""Drawings of a report on recognising people: where a descriptor looks, on a schematic face and on photos."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facefit.report.drawing import new_figure
from facefit.report.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STRONGEST = 0.85
_LINE = 1.6
_JPEG_QUALITY = 88


def occlusion_figure(occlusion: NDArray[np.float64], points: tuple[tuple[float, float], ...] = ()) -> Figure:
    """A map, float64 (steps, steps), as shaded cells, the strongest darkest; over it a schematic face, where `points`
    say where its eyes, nose and corners of the mouth are, x and y in 0..1."""
    from matplotlib.patches import Rectangle

    figure = new_figure(4.4, 4.4)
    axes = figure.add_subplot()
    axes.set(xlim=(0, 1), ylim=(1, 0), aspect="equal")
    axes.set_axis_off()
    axes.add_patch(Rectangle((0, 0), 1, 1, facecolor=LIGHT.band, edgecolor="none"))
    side, shares = 1 / len(occlusion), strengths(occlusion)
    for i, j in np.ndindex(*occlusion.shape):
        cell = Rectangle((j * side, i * side), side, side, facecolor=LIGHT.chosen, edgecolor="none")
        cell.set_alpha(_STRONGEST * float(shares[i, j]))
        axes.add_patch(cell)
    if points:
        _face(axes, points)
    return figure


def _face(axes: Axes, points: tuple[tuple[float, float], ...]) -> None:
    """Eyes, nose and mouth as lines."""
    from matplotlib.patches import Ellipse, PathPatch
    from matplotlib.path import Path as Outline

    left, right, nose, mouth_left, mouth_right = points
    for eye in (left, right):
        axes.add_patch(Ellipse(eye, 0.13, 0.06, fill=False, edgecolor=LIGHT.ink, linewidth=_LINE))
        axes.add_patch(Ellipse(eye, 0.025, 0.025, facecolor=LIGHT.ink))
    bridge = ((left[0] + right[0]) / 2, left[1] + 0.02)
    strokes = [
        [bridge, (nose[0] - 0.07, nose[1] - 0.02), (nose[0] + 0.04, nose[1] + 0.01)],
        [mouth_left, (nose[0], max(mouth_left[1], mouth_right[1]) + 0.06), mouth_right],
    ]
    for stroke in strokes:
        curve = Outline(stroke, [Outline.MOVETO, Outline.CURVE3, Outline.CURVE3])
        axes.add_patch(PathPatch(curve, fill=False, edgecolor=LIGHT.ink, linewidth=_LINE))


def strengths(occlusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """The map as shares of its greatest value, 0..1; a descriptor that never moves has none."""
    greatest = float(occlusion.max())
    shares: NDArray[np.float64] = np.clip(occlusion / greatest, 0, 1) if greatest > 0 else np.zeros_like(occlusion)
    return shares


def overlaid(image: NDArray[np.uint8], occlusion: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The image, uint8 RGB (h, w, 3), tinted where covering it moves the descriptor."""
    from matplotlib.colors import to_rgb

    height, width = image.shape[:2]
    grid = Image.fromarray(strengths(occlusion).astype(np.float32), mode="F")
    share = 0.7 * np.asarray(grid.resize((width, height), Image.Resampling.BILINEAR))[..., None]
    tint = 255 * np.array(to_rgb(LIGHT.chosen))
    return np.rint(image * (1 - share) + tint * share).astype(np.uint8)


def data_uri(image: NDArray[np.uint8]) -> str:
    """The image as a JPEG inside the page."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
