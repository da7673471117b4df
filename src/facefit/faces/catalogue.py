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
from facefit.pixels import resize


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Photos with their classes, without their pixels.

    `targets` are class numbers, int64 (n,), or distributions over classes, float32 (n, classes). `side_px` is the side
    that photos have anyway: they are never enlarged beyond it. The rest is as in `LabelledFaces`.
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

    def side_at(self, size: int) -> int:
        """The side, in pixels, with which photos are read where `size` is asked for."""
        return min(self.side_px or size, size)

    def bytes_at(self, size: int) -> int:
        """Memory that all photos would take as pixels."""
        return len(self) * 3 * self.side_at(size) ** 2

    def read(
        self, indices: NDArray[np.int64], size: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_], dict[str, str]]:
        """Pixels uint8 RGB (m, side, side, 3), which of the m are good, and what is wrong with the others."""
        side, damaged = self.side_at(size), {}
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
