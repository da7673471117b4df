"""Labelled face images in memory, whatever they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from facefit.faces.batches import Batch
from facefit.faces.targets import Targets, labels_of, rows_of, width_of

CALIBRATION_IMAGES = 768
"""So many give batch-norm statistics that more would hardly change."""
_ROWS = 1024


@dataclass(frozen=True, slots=True)
class LabelledFaces:
    """Images of one size with a distribution over classes for each.

    `images` is uint8 RGB (n, h, w, 3); `targets` are class numbers, int64 (n,), or float32 (n, classes), rows summing
    to 1 (the annotators' votes), or without classes the unit descriptors (n, d) that a teacher gave; `protocol` says
    how images were kept and classes decided; `skipped` names what was left out, with the reason; `part` names the split
    that was read, where there are splits.
    """

    images: NDArray[np.uint8]
    targets: Targets
    names: tuple[str, ...]
    classes: tuple[str, ...]
    protocol: str
    skipped: dict[str, str] = field(default_factory=dict)
    part: str | None = None

    def __len__(self) -> int:
        return len(self.images)

    @property
    def width(self) -> int:
        """How many columns targets have as rows."""
        return width_of(self.targets, len(self.classes))

    @property
    def labels(self) -> NDArray[np.int64]:
        """Index of the most voted class, shape (n,)."""
        return labels_of(self.targets)

    @property
    def questions(self) -> int:
        """How many answers `count_right` judges."""
        return len(self)

    @property
    def repeats(self) -> int:
        """How often each question is asked."""
        return 1

    def count_right(self, descriptors: NDArray[np.float32], logits: NDArray[np.float32]) -> int:
        """Images whose largest logit is that of the most voted class; arrays are (n, d) and (n, classes)."""
        return int((logits.argmax(1) == self.labels).sum())

    def log_likelihood(self, descriptors: NDArray[np.float32], logits: NDArray[np.float32]) -> float:
        """Mean natural logarithm of the probability that is given to the right answer of each question.

        Tells of two networks which is better from fewer photos than the share of right answers does.
        """
        return float(log_probabilities(logits)[np.arange(len(self)), self.labels].mean())

    def order(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """All images in a random order."""
        return rng.permutation(len(self))

    def read(self, indices: NDArray[np.int64]) -> Batch:
        """The images with these numbers; none of those in memory is damaged."""
        return Batch(self.images[indices], self.targets_of(indices), {})

    def targets_of(self, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """The targets (m, k) of images with these numbers."""
        return rows_of(self.targets[indices], len(self.classes))

    def fingerprint(self) -> str:
        """The same for the same images with the same names and targets, in whichever form these are."""
        digest = hashlib.sha256("\0".join(self.names).encode(errors="surrogateescape"))
        digest.update(np.ascontiguousarray(self.images).data)
        for start in range(0, len(self), _ROWS):
            digest.update(rows_of(self.targets[start : start + _ROWS], len(self.classes)).tobytes())
        return digest.hexdigest()

    def where(self, keep: NDArray[np.bool_]) -> LabelledFaces:
        """The images for which `keep`, bool (n,), is true."""
        names = tuple(name for name, kept in zip(self.names, keep, strict=True) if kept)
        return replace(self, images=self.images[keep], targets=self.targets[keep], names=names)

    def portions(self, size: int) -> list[LabelledFaces]:
        """The images in order, at most `size` at a time; views, not copies."""
        return [self._part(slice(start, start + size)) for start in range(0, max(len(self), 1), size)]

    def _part(self, part: slice) -> LabelledFaces:
        return replace(self, images=self.images[part], targets=self.targets[part], names=self.names[part])

    def split(self, held_out: Callable[[str], bool]) -> tuple[LabelledFaces, LabelledFaces]:
        """Two parts: those whose name is not held out, and those whose name is."""
        mask = np.array([held_out(name) for name in self.names], dtype=bool)
        return self.where(~mask), self.where(mask)


def log_probabilities(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Logarithms of the softmax of each row, (n, k)."""
    apart = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    of_each: NDArray[np.float64] = apart - np.log(np.exp(apart).sum(axis=1, keepdims=True))
    return of_each


def in_search_split(name: str) -> bool:
    """True for one name in ten, for ever the same ones.

    The search split is never trained on and never reported: labels for the comparator and the choice among
    finalists come from it alone.
    """
    return hashlib.sha256(name.encode(errors="surrogateescape")).digest()[0] % 10 == 0
