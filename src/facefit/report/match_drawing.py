"""Two photos side by side, their faces framed, and a red line between those that match."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from facefit.artifacts import write_bytes
from facefit.errors import InputError

_HEIGHT_PX, _MAX_WIDTH_PX, _GAP_PX = 720, 1600, 8
_RED, _FRAME, _PAPER, _INK = "#e0202c", "#f2c230", "#ffffff", "#1c2127"
_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class FramedPhoto:
    """A photo, uint8 RGB (h, w, 3), and its faces: left, top, right, bottom in pixels."""

    pixels: NDArray[np.uint8]
    boxes: Sequence[Box]


@dataclass(frozen=True, slots=True)
class Line:
    """From face `a` of the left photo to face `b` of the right one, with what is written on it."""

    a: int
    b: int
    label: str


def check_picture_name(path: Path) -> None:
    """Raises `InputError` unless the name ends in .png, .jpg or .jpeg."""
    if path.suffix.lower() not in _FORMATS:
        raise InputError(f"{path}: cannot draw a '{path.suffix}' file; expected a name ending in {', '.join(_FORMATS)}")


def match_picture(left: FramedPhoto, right: FramedPhoto, lines: Sequence[Line]) -> Image.Image:
    """Both photos at the same height, faces numbered from 1; a photo without faces says so."""
    shown = [_shown(photo) for photo in (left, right)]
    width = shown[0].width + _GAP_PX + shown[1].width
    picture = Image.new("RGB", (width, max(image.height for image in shown)), _PAPER)
    starts = (0, shown[0].width + _GAP_PX)
    draw = ImageDraw.Draw(picture)
    places: list[list[Box]] = []
    for photo, image, start in zip((left, right), shown, starts, strict=True):
        picture.paste(image, (start, 0))
        scale = image.width / photo.pixels.shape[1]
        boxes = [(start + x1 * scale, y1 * scale, start + x2 * scale, y2 * scale) for x1, y1, x2, y2 in photo.boxes]
        for number, box in enumerate(boxes, 1):
            draw.rectangle(box, outline=_FRAME, width=3)
            _note(draw, (box[0], box[1]), f"{number}")
        if not boxes:
            _note(draw, (start + image.width / 2, image.height / 2), "no face found")
        places.append(boxes)
    for line in lines:
        ends = [_centre(boxes[i]) for boxes, i in zip(places, (line.a, line.b), strict=True)]
        draw.line(ends, fill=_RED, width=4)
    for line in lines:  # after all lines, so that none hides a label
        (x1, y1), (x2, y2) = (_centre(boxes[i]) for boxes, i in zip(places, (line.a, line.b), strict=True))
        _note(draw, ((x1 + x2) / 2, (y1 + y2) / 2), line.label)
    return picture


def save_picture(picture: Image.Image, path: Path) -> None:
    """Writes a .png or .jpg, whole or not at all; raises `InputError` for any other ending."""
    check_picture_name(path)
    buffer = io.BytesIO()
    picture.save(buffer, _FORMATS[path.suffix.lower()], quality=92)
    write_bytes(path, buffer.getvalue())


def _shown(photo: FramedPhoto) -> Image.Image:
    height, width = photo.pixels.shape[:2]
    scale = min(_HEIGHT_PX / height, _MAX_WIDTH_PX / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return Image.fromarray(photo.pixels).resize(size, Image.Resampling.BICUBIC)


def _centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _note(draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str) -> None:
    font = ImageFont.load_default(size=20)
    left, top, right, bottom = draw.textbbox(at, text, font=font, anchor="mm")
    draw.rectangle((left - 5, top - 4, right + 5, bottom + 4), fill=_PAPER)
    draw.text(at, text, fill=_INK, font=font, anchor="mm")
