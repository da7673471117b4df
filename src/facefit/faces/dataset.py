"""Labelled face images in memory, whatever they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

CALIBRATION_IMAGES = 768
"""So many give batch-norm statistics that more would hardly change."""


@dataclass(frozen=True, slots=True)
class LabelledFaces:
    """Images of one size with a distribution over classes for each.

    `images` is uint8 RGB (n, h, w, 3); `targets` is float32 (n, classes), rows summing to 1 (one-hot, or the
    annotators' votes), or without classes the unit descriptors (n, d) that a teacher gave; `protocol` says how images
    were kept and classes decided; `skipped` names what was left out, with the reason; `part` names the split that was
    read, where there are splits.
    """

    images: NDArray[np.uint8]
    targets: NDArray[np.float32]
    names: tuple[str, ...]
    classes: tuple[str, ...]
    protocol: str
    skipped: dict[str, str] = field(default_factory=dict)
    part: str | None = None

    def __len__(self) -> int:
        return len(self.images)

    @property
    def labels(self) -> NDArray[np.int64]:
        """Index of the most voted class, shape (n,)."""
        return np.asarray(self.targets.argmax(axis=1), dtype=np.int64)

    @property
    def questions(self) -> int:
        """How many answers `count_right` judges."""
        return len(self)

    def count_right(self, descriptors: NDArray[np.float32], logits: NDArray[np.float32]) -> int:
        """Images whose largest logit is that of the most voted class; arrays are (n, d) and (n, classes)."""
        return int((logits.argmax(1) == self.labels).sum())

    def fingerprint(self) -> str:
        """The same for the same images with the same names and targets."""
        digest = hashlib.sha256("\0".join(self.names).encode(errors="surrogateescape"))
        for array in (self.images, self.targets):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def where(self, keep: NDArray[np.bool_]) -> LabelledFaces:
        """The images for which `keep`, bool (n,), is true."""
        names = tuple(name for name, kept in zip(self.names, keep, strict=True) if kept)
        return replace(self, images=self.images[keep], targets=self.targets[keep], names=names)

    def portions(self, size: int) -> list[LabelledFaces]:
        """The images in order, at most `size` at a time."""
        place = np.arange(len(self)) // size
        return [self.where(place == part) for part in range(int(place.max(initial=0)) + 1)]

    def split(self, held_out: Callable[[str], bool]) -> tuple[LabelledFaces, LabelledFaces]:
        """Two parts: those whose name is not held out, and those whose name is."""
        mask = np.array([held_out(name) for name in self.names], dtype=bool)
        return self.where(~mask), self.where(mask)


def in_search_split(name: str) -> bool:
    """True for one name in ten, for ever the same ones.

    The search split is never trained on and never reported: labels for the comparator and the choice among
    finalists come from it alone.
    """
    return hashlib.sha256(name.encode(errors="surrogateescape")).digest()[0] % 10 == 0
