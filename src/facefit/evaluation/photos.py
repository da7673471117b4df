"""Descriptors of a set of photos: the central face of each, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facefit.errors import ArtifactError, InputError
from facefit.faces.alignment import View, view_face
from facefit.faces.detected import DetectedFace, central_face
from facefit.faces.detections import Detections
from facefit.faces.images import read_image
from facefit.faces.matching import Describer

Progress = Callable[[int, int], None]
"""Called with the number of finished photos and the number of all photos."""
Cut = Callable[[NDArray[np.uint8], DetectedFace, int], NDArray[np.uint8]]
"""Cuts a face out of a photo: uint8 RGB (h, w, 3), the face, and the side of the square image wanted."""

_CHUNK = 64
NO_FACE_SIMILARITY = -1.0
"""The least cosine there is: a photo without a face is never a match."""


@dataclass(frozen=True, slots=True, eq=False)
class DescribedPhotos:
    """Unit descriptors, float32 (n, d), and where a face was found, bool (n,); rows without a face are zero."""

    descriptors: NDArray[np.float32]
    found: NDArray[np.bool_]

    def pair_similarities(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
        """Cosine of each pair of photos, given by index, float64 (pairs,)."""
        cosine = np.einsum("ij,ij->i", self.descriptors[first], self.descriptors[second]).astype(np.float64)
        return np.where(self.found[first] & self.found[second], cosine, NO_FACE_SIMILARITY)


def plain_cut(view: View) -> Cut:
    """The face as the detector saw it."""
    return lambda photo, face, size: view_face(photo, face, size, view)


def describe_photos(
    folder: Path,
    names: Sequence[str],
    detections: Detections,
    describer: Describer,
    cut: Cut,
    progress: Progress = lambda done, total: None,
) -> DescribedPhotos:
    """Describes the central face of each photo.

    Raises `InputError` for a photo that cannot be read or a set in which no face was found at all, `ArtifactError` if
    the file answers with numbers that are not finite.
    """
    found = np.array([bool(detections[name]) for name in names], bool)
    if not found.any():
        raise InputError(f"{folder}: no face found in any of {len(names)} photos; expected photos of faces")
    places, rows = np.flatnonzero(found), []
    faces = _faces(folder, [names[i] for i in places.tolist()], detections, describer.input_size, cut)
    for start in range(0, len(places), _CHUNK):
        rows.append(describer(np.stack(list(islice(faces, _CHUNK)))))
        progress(min(start + _CHUNK, len(places)), len(places))
    described = np.concatenate(rows)
    if not np.isfinite(described).all():
        raise ArtifactError("the file answers with numbers that are not finite; export it again")
    descriptors = np.zeros((len(names), described.shape[1]), np.float32)
    descriptors[places] = described
    return DescribedPhotos(descriptors, found)


def _faces(
    folder: Path, names: Sequence[str], detections: Detections, size: int, cut: Cut
) -> Iterator[NDArray[np.uint8]]:
    for name in names:
        photo = read_image(folder / name)
        face = central_face(detections[name], *photo.shape[:2])
        assert face is not None
        yield cut(photo, face, size)
