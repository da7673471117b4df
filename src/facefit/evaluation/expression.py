"""How well an exported file tells expressions apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from facefit.errors import ArtifactError, InputError
from facefit.evaluation.intervals import Correct, Interval, wilson_interval
from facefit.faces.dataset import LabelledFaces

Progress = Callable[[int, int], None]
"""Called with the number of finished images and the number of all images."""

_CHUNK = 64


class Classifier(Protocol):
    """What is evaluated: `facefit.runtime.Descriptor`, or anything that answers like it."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels of the columns of `probabilities`."""
        ...

    def probabilities(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """From uint8 RGB (n, h, w, 3) to float32 (n, classes)."""
        ...


@dataclass(frozen=True, slots=True)
class Recall:
    """Share of a class's n images that were recognised; None without images."""

    n: int
    value: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionResult:
    """Shares are in 0..1, intervals are 95 % score intervals (Wilson).

    `confusion` is int (classes, classes): rows are the true classes, columns the answers. `correct` belongs to `names`,
    so that two networks can be compared image by image (`compare_paired`). `skipped` counts unreadable images.
    """

    protocol: str
    split: str | None
    classes: tuple[str, ...]
    confusion: NDArray[np.int64]
    names: tuple[str, ...]
    correct: Correct
    skipped: int

    @property
    def n(self) -> int:
        return len(self.correct)

    @property
    def accuracy(self) -> float:
        return float(self.correct.mean())

    @property
    def interval(self) -> Interval:
        return wilson_interval(int(self.correct.sum()), self.n)

    @property
    def recalls(self) -> dict[str, Recall]:
        """By class, in the order of the classes."""
        return {label: _recall(row, i) for i, (label, row) in enumerate(zip(self.classes, self.confusion, strict=True))}

    @property
    def mean_recall(self) -> float:
        """Mean over the classes that have images: every class counts the same."""
        return float(np.mean([r.value for r in self.recalls.values() if r.value is not None]))

    def to_json(self) -> dict[str, Any]:
        """Plain values; `skipped` is a count."""
        return {
            "protocol": self.protocol,
            "split": self.split,
            "n": self.n,
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "mean_recall": self.mean_recall,
            "recalls": {
                label: {"n": r.n, "value": r.value, "interval": r.interval and list(r.interval)}
                for label, r in self.recalls.items()
            },
            "classes": list(self.classes),
            "confusion": self.confusion.tolist(),
            "skipped": self.skipped,
        }


def evaluate_expression(
    descriptor: Classifier, faces: LabelledFaces, progress: Progress = lambda done, total: None
) -> ExpressionResult:
    """Asks the file for the expression on every image and counts.

    Classes are matched by name, so their order in the file and in the data may differ. Raises `InputError` without
    images or where the classes differ, `ArtifactError` if the file answers with numbers that are not finite.
    """
    if not len(faces):
        raise InputError(f"{faces.protocol}: no image left to evaluate on; expected at least one")
    order = _columns(descriptor.classes, faces.classes)
    answers = np.empty(len(faces), np.int64)
    for start in range(0, len(faces), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        probabilities = descriptor.probabilities(faces.images[chunk])
        if not np.isfinite(probabilities).all():
            raise ArtifactError("the file answers with numbers that are not finite; export it again")
        answers[chunk] = probabilities[:, order].argmax(axis=1)
        progress(min(start + _CHUNK, len(faces)), len(faces))
    truth, classes = faces.labels, len(faces.classes)
    confusion = np.bincount(truth * classes + answers, minlength=classes**2).reshape(classes, classes)
    return ExpressionResult(
        protocol=faces.protocol,
        split=faces.part,
        classes=faces.classes,
        confusion=confusion,
        names=faces.names,
        correct=answers == truth,
        skipped=len(faces.skipped),
    )


def _columns(of_file: tuple[str, ...], of_data: tuple[str, ...]) -> NDArray[np.intp]:
    """Column of the file's answer for each class of the data."""
    if not of_file:
        raise InputError("the file names no classes; export it with the output 'probabilities'")
    if sorted(of_file) != sorted(of_data):
        raise InputError(
            f"the file knows {', '.join(of_file)}; the data has {', '.join(of_data)}; "
            f"expected the same classes: use other data, or name its folders as the file does"
        )
    return np.array([of_file.index(label) for label in of_data], np.intp)


def _recall(row: NDArray[np.int64], label: int) -> Recall:
    n, hits = int(row.sum()), int(row[label])
    return Recall(n, hits / n, wilson_interval(hits, n)) if n else Recall(0, None, None)
