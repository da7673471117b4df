"""Faces that stay on disk: read batch by batch, in an order that keeps neighbours of a shard together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.faces.batches import Batch
from facefit.faces.catalogue import Catalogue

WINDOW = 50_000
"""So many photos that follow each other on disk are shuffled among themselves."""


@dataclass(frozen=True, slots=True, eq=False)
class StreamedFaces:
    """Photos of a catalogue, `size` pixels a side, as training iterates over them (`dataset.Faces`)."""

    catalogue: Catalogue
    size: int

    def __len__(self) -> int:
        return len(self.catalogue)

    @property
    def names(self) -> tuple[str, ...]:
        return self.catalogue.names

    @property
    def classes(self) -> tuple[str, ...]:
        return self.catalogue.classes

    @property
    def width(self) -> int:
        return self.catalogue.width

    @property
    def protocol(self) -> str:
        return self.catalogue.protocol

    @property
    def skipped(self) -> dict[str, str]:
        """What was left out when the photos were listed; damaged ones are found while reading."""
        return self.catalogue.skipped

    def order(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Files in random order, and then photos shuffled within windows, so that few shards are open at a time.

        Where every photo is a file of its own, that is as random as can be.
        """
        place = rng.permutation(len(self.catalogue.places.files))[self.catalogue.places.file]
        order = np.argsort(place, kind="stable")
        for start in range(0, len(order), WINDOW):
            rng.shuffle(order[start : start + WINDOW])
        return order

    def read(self, indices: NDArray[np.int64]) -> Batch:
        """The images with these numbers; raises `InputError` if all of them are damaged."""
        images, good, damaged = self.catalogue.read(indices, self.size)
        if not good.any():
            raise InputError(f"all {len(indices)} images of a batch are damaged; first: {next(iter(damaged.values()))}")
        rows = np.where(good, np.arange(len(indices)), np.flatnonzero(good)[0])
        return Batch(images[rows], self.catalogue.rows(indices[rows]), damaged)

    def targets_of(self, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        return self.catalogue.rows(indices)

    def fingerprint(self) -> str:
        return f"{self.catalogue.fingerprint()}@{self.catalogue.side_at(self.size)}"
