"""Reading image files from outside: bounded, checked, RGB."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from facefit.errors import InputError
from facefit.pixels import resize

MAX_PIXELS = 50_000_000
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")
_FORMATS = ("PNG", "JPEG", "BMP", "WEBP")
"""No others, whatever a file is called: Pillow hands some formats on to other programs."""

_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, OverflowError, struct.error, zlib.error)
"""What Pillow raises on damaged files."""


def read_image(path: Path, size: int | None = None) -> NDArray[np.uint8]:
    """The image of a file as `decode_image` gives it, or resized to (size, size, 3) with `resize`."""
    try:
        with path.open("rb") as file:
            pixels = decode_image(file, path)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; expected an image") from error
    except OSError as error:
        raise InputError(f"{path}: unreadable ({error.strerror}); copy it again or leave it out") from error
    return pixels if size is None else resize(pixels, size)


def decode_image(file: IO[bytes], path: object) -> NDArray[np.uint8]:
    """The image as uint8 RGB (h, w, 3), upright as its camera meant it; `path` names it in errors.

    Transparency is ignored. Raises `InputError` for anything but a whole PNG, JPEG, BMP or WebP image of 2x2 pixels or
    more and at most 50 megapixels, with 8 bits a channel; larger ones are refused before they are decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file, formats=_FORMATS) as image:
                _check(image, path)
                return np.asarray(ImageOps.exif_transpose(image).convert("RGB"), dtype=np.uint8)
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: is not an image that can be read; expected {', '.join(SUFFIXES)}") from error
    except Image.DecompressionBombError as error:
        raise InputError(f"{path}: has too many pixels; expected at most {MAX_PIXELS // 10**6} megapixels") from error
    except _DAMAGE as error:
        raise InputError(f"{path}: damaged or unreadable image ({error}); copy it again or leave it out") from error


def _check(image: Image.Image, path: object) -> None:
    width, height = image.size
    if min(width, height) < 2 or width * height > MAX_PIXELS:
        raise InputError(f"{path}: is {width}x{height} pixels; expected 2x2 to {MAX_PIXELS // 10**6} megapixels")
    if image.mode.startswith(("I", "F")):
        raise InputError(f"{path}: has more than 8 bits a channel (mode {image.mode}); expected 8: convert it first")
