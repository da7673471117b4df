"""The face as a network that reads expressions was taught to see it: a grey upright square, as in FER+'s photos."""

from __future__ import annotations

from math import floor

import numpy as np
from numpy.typing import NDArray

from facefit.faces.detected import DetectedFace
from facefit.pixels import resize

BOX_SIDE = 1.043
BOX_MIDDLE = (0.486, 0.5025)
"""The longer side of the detector's box against the side of FER+'s photos, and where the middle of the box lies in
them: medians over 228 photos of FER+ in which the detector sees a face. The app's page has the same numbers."""


def expression_view(photo: NDArray[np.uint8], face: DetectedFace, size: int) -> NDArray[np.uint8]:
    """The square around a face, uint8 RGB (size, size, 3) with three equal channels.

    Where the photo, uint8 RGB (h, w, 3), ends, its edge is repeated. Networks that tell people apart see other views.
    """
    left, top, right, bottom = face.box
    side = max(floor(max(right - left, bottom - top) / BOX_SIDE + 0.5), 1)
    x = floor((left + right) / 2 - BOX_MIDDLE[0] * side + 0.5)
    y = floor((top + bottom) / 2 - BOX_MIDDLE[1] * side + 0.5)
    rows = np.clip(np.arange(y, y + side), 0, photo.shape[0] - 1)
    columns = np.clip(np.arange(x, x + side), 0, photo.shape[1] - 1)
    red, green, blue = np.moveaxis(photo[rows[:, None], columns].astype(np.float64), 2, 0)
    grey = np.floor(0.299 * red + 0.587 * green + 0.114 * blue + 0.5).astype(np.uint8)  # ITU-R BT.601
    return resize(np.repeat(grey[:, :, None], 3, axis=2), size)
