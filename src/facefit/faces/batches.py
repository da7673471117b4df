"""What training asks of labelled faces, wherever they are."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class Batch(NamedTuple):
    """Images uint8 RGB (n, h, w, 3) and targets float32 (n, k); `damaged` says of images that could not be read why.

    The place of a damaged image is taken by another one of the batch.
    """

    images: NDArray[np.uint8]
    targets: NDArray[np.float32]
    damaged: dict[str, str]


class Faces(Protocol):
    """Faces to learn from, which need not all be in memory."""

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each image."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """What the columns of targets stand for."""
        ...

    @property
    def width(self) -> int:
        """How many columns targets have."""
        ...

    @property
    def protocol(self) -> str:
        """How images were kept and classes decided."""
        ...

    @property
    def skipped(self) -> dict[str, str]:
        """What was left out so far, with the reason."""
        ...

    def __len__(self) -> int: ...

    def order(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """All images in a random order, int (n,), in which reading them is as fast as it can be."""
        ...

    def read(self, indices: NDArray[np.int64]) -> Batch:
        """The images with these numbers."""
        ...

    def targets_of(self, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """The targets (m, k) of images with these numbers, without their pixels."""
        ...

    def fingerprint(self) -> str:
        """The same for the same faces in the same places."""
        ...
