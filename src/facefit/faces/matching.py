"""Who is on both of two photos: all faces of each, described and compared by cosine similarity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.faces.alignment import MATCH_VIEW, VIEWS, View, view_face
from facefit.faces.detected import DetectedFace
from facefit.faces.detector import FaceDetector
from facefit.faces.thresholds import FALSE_ACCEPTANCE_RATES, OTHER_VIEWS

CARD_ENTRY = "identification"
"""What a descriptor's card says about comparing: `view`, and by false acceptance rate `thresholds`, cosines, and
`tar`, the share of pairs of one person that passes each, which older files lack; the same for `other_views`."""


class Describer(Protocol):
    """What describes faces: `facefit.runtime.Descriptor`, or anything that answers like it."""

    @property
    def input_size(self) -> int:
        """Side in pixels of the square image that it wants."""
        ...

    def __call__(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """From uint8 RGB (n, h, w, 3) to unit vectors, float32 (n, d)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class DescribedFaces:
    """The faces of one photo, and their unit descriptors, float32 (n, d)."""

    faces: tuple[DetectedFace, ...]
    descriptors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Match:
    """Face `a` of one photo and face `b` of the other, by index, with their cosine similarity."""

    a: int
    b: int
    similarity: float


def describe_faces(
    photo: NDArray[np.uint8], detector: FaceDetector, describer: Describer, view: View
) -> DescribedFaces:
    """All faces of a photo, uint8 RGB (h, w, 3); there may be none."""
    faces, size = tuple(detector(photo)), describer.input_size
    images = np.empty((len(faces), size, size, 3), np.uint8)
    for image, face in zip(images, faces, strict=True):
        image[:] = view_face(photo, face, size, view)
    return DescribedFaces(faces, describer(images))


def similarities(a: DescribedFaces, b: DescribedFaces) -> NDArray[np.float32]:
    """Cosine of every face of a with every face of b, float32 (faces of a, faces of b)."""
    return a.descriptors @ b.descriptors.T


def matches(a: DescribedFaces, b: DescribedFaces, threshold: float) -> list[Match]:
    """All pairs whose similarity is at least the threshold, most similar first; none where a photo has no face."""
    cosine = similarities(a, b)
    pairs = [Match(int(i), int(j), float(cosine[i, j])) for i, j in np.argwhere(cosine >= threshold)]
    return sorted(pairs, key=lambda pair: -pair.similarity)


def card_view(card: Mapping[str, Any]) -> View:
    """How faces are shown to a network according to its card; aligned if the card does not say."""
    view = card_entry(card).get("view", MATCH_VIEW)
    return view if view in VIEWS else MATCH_VIEW


def check_tells_people_apart(card: Mapping[str, Any]) -> None:
    """Raises `InputError` for a network that reads expressions: its similarities say nothing about who somebody is."""
    if classes := card.get("classes"):
        raise InputError(
            f"the descriptor reads expressions ({', '.join(map(str, classes))}); expected a network that tells people "
            f"apart: facefit fit --task identity"
        )


def card_threshold(card: Mapping[str, Any], far: str, view: View | None = None) -> float:
    """The similarity from which two faces in a view, by default the card's own, pass as one person at a false
    acceptance rate ('0.01' or '0.001').

    Raises `InputError` if the card knows none, or the file has no card.
    """
    if not card:
        raise InputError(
            "the file has no card, so no threshold of its own: give --threshold, such as one that 'facefit evaluate "
            "FILE --protocol lfw-pairs' finds"
        )
    thresholds = card_thresholds(card, view)
    if not thresholds and (others := [other for other in VIEWS if card_thresholds(card, other)]):
        raise InputError(
            f"--view {view or card_view(card)}: the thresholds in the descriptor's card are for {' and '.join(others)} "
            f"faces; give a --threshold of your own, or leave out --view"
        )
    if far not in thresholds:
        other = next(iter(thresholds), None)
        raise InputError(
            f"the descriptor's card has no threshold at FAR {far}"
            f"{f', but one at {other} (--far)' if other else ''}: give --threshold, or calibrate it with 'facefit "
            f"evaluate FILE --data PEOPLE --protocol people-pairs --keep-thresholds' (lfw-596-pairs for LFW)"
        )
    return thresholds[far]


def card_thresholds(card: Mapping[str, Any], view: View | None = None) -> dict[str, float]:
    """All thresholds that the card knows of faces in a view, by default its own, by false acceptance rate."""
    return _by_rate(card_entry(card, view), "thresholds", -1)


def card_acceptance(card: Mapping[str, Any], view: View | None = None) -> dict[str, float]:
    """Which share of pairs of one person passes each threshold, in 0..1; empty where the card does not say."""
    return _by_rate(card_entry(card, view), "tar", 0)


def _by_rate(entry: Mapping[str, Any], name: str, least: float) -> dict[str, float]:
    told = _mapping(entry.get(name))
    known = {far: told.get(far) for far in FALSE_ACCEPTANCE_RATES}
    return {far: float(x) for far, x in known.items() if isinstance(x, int | float) and least <= x <= 1}


def card_entry(card: Mapping[str, Any], view: View | None = None) -> Mapping[str, Any]:
    """What the card says about comparing faces in a view, by default its own; empty if it says nothing."""
    entry = _mapping(card.get(CARD_ENTRY))
    if view is None or view == card_view(card):
        return entry
    return _mapping(_mapping(entry.get(OTHER_VIEWS)).get(view))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
