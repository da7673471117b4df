"""Photos of people, a folder each: found, cut out in both views, and judged by one-shot identification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.faces.alignment import View, view_face
from facefit.faces.dataset import LabelledFaces, log_probabilities
from facefit.faces.detected import central_face
from facefit.faces.detections import default_file, detect_photos
from facefit.faces.detector import FaceDetector
from facefit.faces.folders import image_files
from facefit.faces.images import read_image
from facefit.faces.people import without_people

GALLERIES = 3
TEMPERATURE = 0.05
"""Of cosines as logits, the same as that of the recipe for taught descriptors."""


@dataclass(frozen=True, slots=True)
class Portraits:
    """The central face of each photo in both views, uint8 RGB (n, size, size, 3) each; `names` are PERSON/file.

    `skipped` names the photos that cannot be read or show no face, with the reason.
    """

    aligned: NDArray[np.uint8]
    cropped: NDArray[np.uint8]
    names: tuple[str, ...]
    skipped: dict[str, str]

    def __len__(self) -> int:
        return len(self.names)

    def where(self, keep: NDArray[np.bool_]) -> Portraits:
        """The photos for which `keep`, bool (n,), is true."""
        names = tuple(name for name, kept in zip(self.names, keep, strict=True) if kept)
        return Portraits(self.aligned[keep], self.cropped[keep], names, self.skipped)

    def view(self, view: View) -> NDArray[np.uint8]:
        """Images of one view."""
        return self.aligned if view == "aligned" else self.cropped


def person_of(name: str) -> str:
    """Who is on the photo PERSON/file."""
    return name.split("/")[0]


def load_portraits(
    folder: Path,
    size: int,
    excluded: Iterable[str] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Portraits:
    """Reads `folder/PERSON/photo.jpg`; photos of excluded people are not even looked at.

    What the detector finds is kept in the user's cache. Raises `InputError` where no face is left.
    """
    names = [file.relative_to(folder).as_posix() for file in image_files(folder)]
    people = set(without_people({person_of(name) for name in names if "/" in name}, excluded))
    names = [name for name in names if person_of(name) in people]
    if not names:
        raise InputError(f"{folder}: holds no photos of people to learn from; expected {folder}/PERSON/photo.jpg")
    skipped: dict[str, str] = {}
    kept: list[str] = []
    aligned, cropped = (np.zeros((len(names), size, size, 3), np.uint8) for _ in range(2))
    for name, images in cut_out(folder, names, size, ("aligned", "cropped"), skipped, progress):
        aligned[len(kept)], cropped[len(kept)] = images
        kept.append(name)
    if not kept:
        raise InputError(f"{folder}: no face in any of {len(names)} photos; first: {next(iter(skipped.items()))}")
    return Portraits(aligned[: len(kept)], cropped[: len(kept)], tuple(kept), skipped)


def cut_out(
    folder: Path,
    names: Sequence[str],
    size: int,
    views: Sequence[View],
    skipped: dict[str, str],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[tuple[str, list[NDArray[np.uint8]]]]:
    """The central face of each named photo below the folder in these views, uint8 RGB (size, size, 3), with its name.

    `skipped` gets the photos that cannot be read or show no face, with the reason. What the detector finds is kept in
    the user's cache.
    """
    detections = detect_photos(folder, names, FaceDetector(), default_file(folder), progress, skipped)
    for name in detections:
        try:
            photo = read_image(folder / name)
            face = central_face(detections[name], *photo.shape[:2])
            if face is None:
                raise InputError("no face found")
            images = [view_face(photo, face, size, view) for view in views]
        except InputError as error:
            skipped[name] = str(error)
            continue
        yield name, images


def check_held_out(folder: Path, names: Iterable[str]) -> None:
    """Raises `InputError` unless these photos of people held out let faces be told apart and be recognised."""
    photos = Counter(person_of(name) for name in names)
    several = sum(count > 1 for count in photos.values())
    if len(photos) < 2 or not several:
        raise InputError(
            f"{folder}: people held out are {len(photos)} (one in ten, by their names), {several} of them with two "
            f"photos or more; expected two people, one of them with two photos: add people"
        )


def galleries(
    person: NDArray[np.int64], repeats: int, seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """One random photo of each person, and all other photos, as indices; anew for each repeat."""
    rng = np.random.default_rng(seed)
    for _ in range(repeats):
        order = rng.permutation(len(person))
        chosen = order[np.unique(person[order], return_index=True)[1]]
        yield chosen, np.setdiff1d(np.arange(len(person)), chosen)


class HeldOutPeople(LabelledFaces):
    """Photos of people whom nothing was learnt from; right answers are those of one-shot identification.

    In each of `GALLERIES` repeats one random photo of each person is known, and all others are looked up by cosine
    (the paper's protocol for LFW, section 4). People with one photo are there to be mistaken for.
    """

    @property
    def questions(self) -> int:
        return GALLERIES * (len(self) - len(np.unique(self.labels)))

    @property
    def repeats(self) -> int:
        return GALLERIES

    def count_right(self, descriptors: NDArray[np.float32], logits: NDArray[np.float32]) -> int:
        return sum(int((cosines.argmax(axis=1) == right).sum()) for cosines, right in self._looked_up(descriptors))

    def log_likelihood(self, descriptors: NDArray[np.float32], logits: NDArray[np.float32]) -> float:
        """Of the right person among all who are known, as a softmax of cosines over `TEMPERATURE`."""
        total = 0.0
        for cosines, right in self._looked_up(descriptors):
            total += float(log_probabilities(cosines / TEMPERATURE)[np.arange(len(right)), right].sum())
        return total / self.questions

    def _looked_up(self, descriptors: NDArray[np.float32]) -> Iterator[tuple[NDArray[np.float32], NDArray[np.intp]]]:
        """Of each repeat the cosines (m, people) of all others with the known photos, in the order of people, and which
        person each is, (m,)."""
        unit = descriptors / np.maximum(np.linalg.norm(descriptors, axis=1, keepdims=True), 1e-12)
        person = self.labels
        for known, others in galleries(person, GALLERIES, seed=0):
            yield unit[others] @ unit[known].T, np.searchsorted(person[known], person[others])
