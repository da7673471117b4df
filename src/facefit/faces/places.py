"""Where photos lie: in files of their own, or inside of larger ones."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.faces.images import decode_image

WHOLE_FILE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Photo i is `lengths[i]` bytes (or `WHOLE_FILE`) from `offsets[i]` on in `files[file[i]]`.

    `boxes`, int32 (n, 4), are left, top, right and bottom of the part to cut out, where that is not all of the photo.
    """

    files: tuple[Path, ...]
    file: NDArray[np.int32]
    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]
    boxes: NDArray[np.int32] | None = None

    @classmethod
    def of_files(cls, files: tuple[Path, ...], boxes: NDArray[np.int32] | None = None) -> Places:
        """A file for each photo."""
        n = len(files)
        return cls(files, np.arange(n, dtype=np.int32), np.zeros(n, np.int64), np.full(n, WHOLE_FILE), boxes)

    def where(self, keep: NDArray[np.bool_]) -> Places:
        """The photos for which `keep`, bool (n,), is true."""
        boxes = None if self.boxes is None else self.boxes[keep]
        return Places(self.files, self.file[keep], self.offsets[keep], self.lengths[keep], boxes)

    def raw(self, i: int) -> bytes:
        """The encoded photo; raises `InputError` if it is not there."""
        path = self.files[self.file[i]]
        try:
            with path.open("rb") as file:
                file.seek(self.offsets[i])
                data: bytes = file.read(self.lengths[i])
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}); expected an image") from error
        if len(data) < self.lengths[i]:
            raise InputError(f"{path}: ends within a photo; copy it again")
        return data

    def read(self, i: int) -> NDArray[np.uint8]:
        """The photo, or its part, as uint8 RGB (h, w, 3); raises `InputError` if it is damaged."""
        path = self.files[self.file[i]]
        pixels = decode_image(io.BytesIO(self.raw(i)), path)
        if self.boxes is None:
            return pixels
        left, top, right, bottom = np.maximum(self.boxes[i], 0)
        part = np.ascontiguousarray(pixels[top:bottom, left:right])
        if 0 in part.shape:
            raise InputError(f"{path}: its face at {self.boxes[i].tolist()} lies outside of the photo; leave it out")
        return part
