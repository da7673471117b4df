"""Labelled photos by where they lie: in files of their own or inside of shards, read when they are wanted."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.faces.dataset import LabelledFaces
from facefit.faces.images import decode_image
from facefit.pixels import resize

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


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Photos with their classes, without their pixels.

    `targets` are class numbers, int64 (n,), or distributions over classes, float32 (n, classes). `side_px` is the side
    that photos have anyway; otherwise they are resized to what is asked for. The rest is as in `LabelledFaces`.
    """

    places: Places
    targets: NDArray[np.int64] | NDArray[np.float32]
    names: tuple[str, ...]
    classes: tuple[str, ...]
    protocol: str
    skipped: dict[str, str] = field(default_factory=dict)
    part: str | None = None
    side_px: int | None = None

    def __len__(self) -> int:
        return len(self.names)

    @property
    def width(self) -> int:
        """How many columns targets have as rows."""
        return len(self.classes) if self.targets.ndim == 1 else int(self.targets.shape[1])

    @property
    def labels(self) -> NDArray[np.int64]:
        """Index of the most voted class, shape (n,)."""
        return np.asarray(self.targets if self.targets.ndim == 1 else self.targets.argmax(axis=1), dtype=np.int64)

    def rows(self, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """Targets of some photos, float32 (m, classes)."""
        chosen = self.targets[indices]
        if chosen.ndim == 2:
            return np.asarray(chosen, dtype=np.float32)
        one_hot = np.zeros((len(chosen), len(self.classes)), np.float32)
        one_hot[np.arange(len(chosen)), chosen] = 1
        return one_hot

    def where(self, keep: NDArray[np.bool_]) -> Catalogue:
        """The photos for which `keep`, bool (n,), is true."""
        names = tuple(name for name, kept in zip(self.names, keep, strict=True) if kept)
        return replace(self, places=self.places.where(keep), targets=self.targets[keep], names=names)

    def split(self, held_out: Callable[[str], bool]) -> tuple[Catalogue, Catalogue]:
        """Two parts: those whose name is not held out, and those whose name is."""
        mask = np.array([held_out(name) for name in self.names], dtype=bool)
        return self.where(~mask), self.where(mask)

    def bytes_at(self, size: int) -> int:
        """Memory that all photos would take as pixels."""
        return len(self) * 3 * (self.side_px or size) ** 2

    def read(
        self, indices: NDArray[np.int64], size: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_], dict[str, str]]:
        """Pixels uint8 RGB (m, side, side, 3), which of the m are good, and what is wrong with the others."""
        side, damaged = self.side_px or size, {}
        images, good = np.zeros((len(indices), side, side, 3), np.uint8), np.ones(len(indices), bool)
        for row, i in enumerate(indices):
            try:
                images[row] = resize(self.places.read(int(i)), side)
            except InputError as error:
                good[row], damaged[self.names[i]] = False, str(error)
        return images, good, damaged

    def load(self, size: int) -> LabelledFaces:
        """All photos in memory, without the damaged ones; raises `InputError` if none is left."""
        everything = np.arange(len(self))
        images, good, damaged = self.read(everything, size)
        if not good.any():
            first = next(iter((damaged | self.skipped).values()), "no photo is kept by the protocol")
            raise InputError(f"none of {len(self)} images can be read; first: {first}")
        names = tuple(name for name, kept in zip(self.names, good, strict=True) if kept)
        skipped = self.skipped | damaged
        return LabelledFaces(
            images[good], self.rows(everything[good]), names, self.classes, self.protocol, skipped, self.part
        )

    def fingerprint(self) -> str:
        """The same for photos of the same names, classes and lengths in the same places, whatever the folder."""
        digest = hashlib.sha256("\0".join((*self.names, *self.classes)).encode(errors="surrogateescape"))
        for array in (self.places.file, self.places.offsets, self.places.lengths, self.targets):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()
