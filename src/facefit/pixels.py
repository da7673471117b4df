"""The one definition of how an image becomes the size that a network wants, for reading, evaluation and running.

Training reads images with it at the SuperNet's largest resolution. Smaller resolutions are sampled from those as it
moves the images about (`training/augment.py`): bilinearly too, but without averaging areas.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def resize(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resizes uint8 RGB (h, w, 3) to (size, size, 3): Pillow's bilinear filter, which averages areas when shrinking."""
    if pixels.shape[:2] == (size, size):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((size, size), Image.Resampling.BILINEAR), dtype=np.uint8)
