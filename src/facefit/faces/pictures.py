"""What becomes of a photo when it is packed: checked and kept as it is, resized, or its face cut out in both views."""

from __future__ import annotations

import io
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facefit.errors import InputError
from facefit.faces.alignment import VIEWS, view_face
from facefit.faces.detected import central_face
from facefit.faces.detector import FaceDetector
from facefit.faces.images import SUFFIXES
from facefit.faces.places import Places
from facefit.pixels import resize

_BEGINNINGS = MappingProxyType({b"\x89PNG": ".png", b"BM": ".bmp", b"RIFF": ".webp"})


class Picture(NamedTuple):
    """An encoded image; `ending` is added to the photo's name, `suffix` says the format, `box` what is to be cut out
    of it."""

    ending: str
    suffix: str
    data: bytes
    box: list[int] | None = None


def photo_of(name: str) -> str:
    """The name of the photo that a picture was made from."""
    photo, _, view = name.rpartition("#")
    return photo if view in VIEWS else name


class Preparation(Protocol):
    """Makes the pictures of a photo; raises `InputError` where it cannot."""

    @property
    def side_px(self) -> int | None:
        """Side of all pictures, if it is one."""
        ...

    def __call__(self, places: Places, i: int) -> list[Picture]: ...


@dataclass(frozen=True, slots=True)
class AsTheyAre:
    """The file's own bytes, once they have been seen to be a whole image."""

    side_px: int | None = None

    def __call__(self, places: Places, i: int) -> list[Picture]:
        places.read(i)
        box = None if places.boxes is None else places.boxes[i].tolist()
        suffix, data = places.files[places.file[i]].suffix.lower(), places.raw(i)
        return [Picture("", suffix if suffix in SUFFIXES else _suffix_of(data), data, box)]


@dataclass(frozen=True, slots=True)
class Resized:
    """The photo, or its part with the face, without loss at another size."""

    side_px: int

    def __call__(self, places: Places, i: int) -> list[Picture]:
        return [_png("", resize(places.read(i), self.side_px))]


@dataclass(slots=True)
class FaceViews:
    """The central face in both views, which networks of identity learn from."""

    side_px: int
    detector: FaceDetector | None = None
    """Made where it is first needed, since it does not travel between processes."""

    def __call__(self, places: Places, i: int) -> list[Picture]:
        self.detector = self.detector or FaceDetector()
        photo = places.read(i)
        face = central_face(self.detector(photo), *photo.shape[:2])
        if face is None:
            raise InputError("no face found")
        return [_png(f"#{view}", view_face(photo, face, self.side_px, view)) for view in VIEWS]


def _suffix_of(image: bytes) -> str:
    """By its first bytes, where a file is called otherwise: readers of shards know photos by their endings."""
    return next((suffix for begin, suffix in _BEGINNINGS.items() if image.startswith(begin)), ".jpg")


def _png(ending: str, pixels: NDArray[np.uint8]) -> Picture:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return Picture(ending, ".png", buffer.getvalue())
