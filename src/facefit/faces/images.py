"""Reading image files from outside: bounded, checked, RGB."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from facefit.errors import InputError
from facefit.pixels import resize

MAX_PIXELS = 50_000_000
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")


def read_image(path: Path, size: int | None = None) -> NDArray[np.uint8]:
    """The image as uint8 RGB (h, w, 3), or resized to (size, size, 3) with `resize`.

    Raises `InputError` for anything that is not a whole image of 2x2 pixels or more and at most 50 megapixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                width, height = image.size
                if min(width, height) < 2 or width * height > MAX_PIXELS:
                    raise InputError(
                        f"{path}: is {width}x{height} pixels; expected 2x2 to {MAX_PIXELS // 10**6} megapixels"
                    )
                pixels = np.asarray(image.convert("RGB"), dtype=np.uint8)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InputError(f"{path}: is not an image that can be read; expected {', '.join(SUFFIXES)}") from error
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; expected an image") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path}: damaged or unreadable image ({error})") from error
    return pixels if size is None else resize(pixels, size)
