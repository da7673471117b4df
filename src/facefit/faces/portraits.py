"""Photos of people, a folder each: found, and cut out in both views."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.faces.alignment import View, view_face
from facefit.faces.detected import central_face
from facefit.faces.detections import default_file, detect_photos
from facefit.faces.detector import FaceDetector
from facefit.faces.folders import images_and_others
from facefit.faces.images import read_image
from facefit.faces.people import without_people


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
    files, others = images_and_others(folder)
    names = [file.relative_to(folder).as_posix() for file in files]
    people = set(without_people({person_of(name) for name in names if "/" in name}, excluded))
    names = [name for name in names if person_of(name) in people]
    if not names:
        raise InputError(f"{folder}: holds no photos of people to learn from; expected {folder}/PERSON/photo.jpg")
    skipped = {name: why for name, why in others.items() if person_of(name) in people}
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
