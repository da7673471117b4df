"""Two photos in one picture, and red lines between faces that match, which are framed in a colour for each pair."""

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
from facefit.report.match_layout import Box, Ground, Point, Size, places, places_at, places_on, scale

_GAP_PX, _MOST_GAPS = 8, 12
"""The photos stand further apart for each line, up to so many."""

_LINE = "#e0202c"
_HUES = (_LINE, "#0072b2", "#00835f", "#8e44ad", "#d6509a", "#1f97c8", "#8c564b")
"""Of faces that match, and of what is written on their line: so each of several can be followed."""

_FRAME, _PAPER, _INK = "#f2c230", "#ffffff", "#1c2127"
_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


@dataclass(frozen=True, slots=True, eq=False)
class FramedPhoto:
    """A photo, uint8 RGB (h, w, 3), and its faces: left, top, right, bottom in pixels."""

    pixels: NDArray[np.uint8]
    boxes: Sequence[Box]


@dataclass(frozen=True, slots=True)
class Line:
    """From face `a` of the first photo to face `b` of the second, with what is written on it."""

    a: int
    b: int
    label: str


@dataclass(frozen=True, slots=True)
class _Note:
    """A number or a similarity, on paper with an edge."""

    text: str
    place: Box
    paper: str
    edge: str


def check_picture_name(path: Path) -> None:
    """Raises `InputError` unless the name ends in .png, .jpg or .jpeg."""
    if path.suffix.lower() not in _FORMATS:
        raise InputError(f"{path}: cannot draw a '{path.suffix}' file; expected a name ending in {', '.join(_FORMATS)}")


def match_picture(first: FramedPhoto, second: FramedPhoto, lines: Sequence[Line]) -> Image.Image:
    """Both photos, beside or above each other, faces numbered from 1; a photo without faces says so."""
    photos = (first, second)
    shown = [_shown(photo) for photo in photos]
    size, starts = places([image.size for image in shown], _GAP_PX * max(1, min(len(lines), _MOST_GAPS)))
    picture = Image.new("RGB", size, _PAPER)
    for image, start in zip(shown, starts, strict=True):
        picture.paste(image, start)
    faces = [_placed(*placed) for placed in zip(photos, shown, starts, strict=True)]
    hues = [_HUES[i % len(_HUES)] for i in range(len(lines))]
    frames = _frames(faces, lines, hues)
    ground = Ground(size, faces[0] + faces[1])
    notes = [
        _number(ground, i, box, hue)
        for boxes, edges in zip(faces, frames, strict=True)
        for i, (box, hue) in enumerate(zip(boxes, edges, strict=True), 1)
    ]
    for image, (x, y), boxes in zip(shown, starts, faces, strict=True):
        if not boxes:
            notes.append(_note(ground, "no face found", [(x + image.width / 2, y + image.height / 2)], _PAPER))
    ways = [ground.line(faces[0][line.a], faces[1][line.b]) for line in lines]
    for line, way, hue in zip(lines, ways, hues, strict=True):
        notes.append(_note(ground, line.label, places_on(way, _size(line.label)), hue))
    _draw_lines(picture, ways, faces[0] + faces[1])
    draw = ImageDraw.Draw(picture)
    for box, hue in zip(faces[0] + faces[1], frames[0] + frames[1], strict=True):
        draw.rectangle((box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1), outline=_PAPER, width=5)
        draw.rectangle(box, outline=hue, width=3)
    for note in notes:
        _draw_note(draw, note)
    return picture


def save_picture(picture: Image.Image, path: Path) -> None:
    """Writes a .png or .jpg, whole or not at all; raises `InputError` for any other ending."""
    check_picture_name(path)
    buffer = io.BytesIO()
    picture.save(buffer, _FORMATS[path.suffix.lower()], quality=92)
    write_bytes(path, buffer.getvalue())


def _shown(photo: FramedPhoto) -> Image.Image:
    height, width = photo.pixels.shape[:2]
    times = scale((width, height), photo.boxes)
    size = (max(1, round(width * times)), max(1, round(height * times)))
    return Image.fromarray(photo.pixels).resize(size, Image.Resampling.BICUBIC)


def _placed(photo: FramedPhoto, image: Image.Image, start: Size) -> list[Box]:
    (x, y), times = start, image.width / photo.pixels.shape[1]
    return [(x + a * times, y + b * times, x + c * times, y + d * times) for a, b, c, d in photo.boxes]


def _frames(faces: Sequence[Sequence[Box]], lines: Sequence[Line], hues: Sequence[str]) -> list[list[str]]:
    """A colour for each face: that of its first line, if it has any."""
    frames = [[_FRAME] * len(boxes) for boxes in faces]
    for line, hue in reversed([*zip(lines, hues, strict=True)]):
        frames[0][line.a] = frames[1][line.b] = hue
    return frames


def _number(ground: Ground, number: int, face: Box, hue: str) -> _Note:
    size = _size(f"{number}")
    return _Note(f"{number}", ground.label(size, places_at(face, size), face), hue, hue)


def _note(ground: Ground, text: str, middles: Sequence[Point], hue: str) -> _Note:
    return _Note(text, ground.label(_size(text), middles), _PAPER, hue)


def _size(text: str) -> Point:
    left, top, right, bottom = ImageFont.load_default(size=20).getbbox(text, anchor="mm")
    return right - left + 10, bottom - top + 8


def _draw_lines(picture: Image.Image, ways: Sequence[NDArray[np.float64]], faces: Sequence[Box]) -> None:
    """With white rims, so that each can be followed where they cross, and behind all faces."""
    clean, draw = picture.copy(), ImageDraw.Draw(picture)
    for way in ways:
        points = [(float(x), float(y)) for x, y in way]
        draw.line(points, fill=_PAPER, width=8, joint="curve")
        draw.line(points, fill=_LINE, width=4, joint="curve")
    for left, top, right, bottom in faces:
        corners = (round(left), round(top), round(right), round(bottom))
        picture.paste(clean.crop(corners), corners[:2])


def _draw_note(draw: ImageDraw.ImageDraw, note: _Note) -> None:
    left, top, right, bottom = note.place
    draw.rectangle(note.place, fill=note.paper, outline=note.edge, width=2)
    middle, ink = ((left + right) / 2, (top + bottom) / 2), _PAPER if note.paper in _HUES else _INK
    draw.text(middle, note.text, fill=ink, font=ImageFont.load_default(size=20), anchor="mm")
