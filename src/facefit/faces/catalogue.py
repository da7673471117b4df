"""Labelled photos by where they lie: in files of their own or inside of shards, read when they are wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.faces.dataset import LabelledFaces
from facefit.faces.places import Places
from facefit.faces.targets import Targets, labels_of, rows_of, width_of
from facefit.pixels import resize

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Photos with their classes, without their pixels.

    `targets` are class numbers, int64 (n,), or distributions over classes, float32 (n, classes). `side_px` is the side
    that photos have anyway: they are never enlarged beyond it. The rest is as in `LabelledFaces`.
    """

    places: Places
    targets: Targets
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
        return width_of(self.targets, len(self.classes))

    @property
    def labels(self) -> NDArray[np.int64]:
        """Index of the most voted class, shape (n,)."""
        return labels_of(self.targets)

    def rows(self, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """Targets of some photos, float32 (m, classes)."""
        return rows_of(self.targets[indices], len(self.classes))

    def where(self, keep: NDArray[np.bool_]) -> Catalogue:
        """The photos for which `keep`, bool (n,), is true."""
        names = tuple(name for name, kept in zip(self.names, keep, strict=True) if kept)
        return replace(self, places=self.places.where(keep), targets=self.targets[keep], names=names)

    def split(self, held_out: Callable[[str], bool]) -> tuple[Catalogue, Catalogue]:
        """Two parts: those whose name is not held out, and those whose name is."""
        mask = np.array([held_out(name) for name in self.names], dtype=bool)
        return self.where(~mask), self.where(mask)

    def side_at(self, size: int) -> int:
        """The side, in pixels, with which photos are read where `size` is asked for."""
        return min(self.side_px or size, size)

    def bytes_at(self, size: int) -> int:
        """Memory that all photos would take as pixels."""
        return len(self) * 3 * self.side_at(size) ** 2

    def read(
        self, indices: NDArray[np.int64], size: int, progress: Progress = lambda done, total: None
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_], dict[str, str]]:
        """Pixels uint8 RGB (m, side, side, 3), which of the m are good, and what is wrong with the others."""
        side, damaged = self.side_at(size), {}
        images, good = np.zeros((len(indices), side, side, 3), np.uint8), np.ones(len(indices), bool)
        for row, i in enumerate(indices):
            try:
                images[row] = resize(self.places.read(int(i)), side)
            except InputError as error:
                good[row], damaged[self.names[i]] = False, str(error)
            progress(row + 1, len(indices))
        return images, good, damaged

    def load(self, size: int, progress: Progress = lambda done, total: None) -> LabelledFaces:
        """All photos in memory, without the damaged ones; raises `InputError` if none is left."""
        images, good, damaged = self.read(np.arange(len(self)), size, progress)
        kept = np.flatnonzero(good)
        if not len(kept):
            first = next(iter((damaged | self.skipped).values()), "no photo is kept by the protocol")
            raise InputError(f"none of {len(self)} images can be read; first: {first}")
        for row, i in enumerate(kept):  # in place: a copy would take as much memory again
            images[row] = images[i]
        names, skipped = tuple(self.names[i] for i in kept), self.skipped | damaged
        return LabelledFaces(
            images[: len(kept)], self.targets[kept], names, self.classes, self.protocol, skipped, self.part
        )

    def fingerprint(self) -> str:
        """The same for photos of the same names, classes and lengths in the same places, whatever the folder."""
        digest = hashlib.sha256("\0".join((*self.names, *self.classes)).encode(errors="surrogateescape"))
        for array in (self.places.file, self.places.offsets, self.places.lengths, self.targets):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()
