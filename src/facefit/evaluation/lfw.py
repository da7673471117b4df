"""What a descriptor is worth on the 596 people of LFW, or on other people: photos found, cut out, described, and judged
by a protocol."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facefit.errors import InputError
from facefit.evaluation.exclusion import check_unseen
from facefit.evaluation.harness import Harness
from facefit.evaluation.identification import IdentificationResult, Recognised, identify, summarise
from facefit.evaluation.identity_protocols import SUBJECT_VIEWS, load_photos, subjects_view
from facefit.evaluation.photos import Cut, DescribedPhotos, plain_cut
from facefit.evaluation.robustness import RobustnessResult, measure_robustness
from facefit.faces.alignment import View
from facefit.faces.detections import Detections
from facefit.faces.lfw import NamedPhotos, load_subjects

_PHOTOS_EACH = 6
"""Enough for five probes; one man alone has 530."""


@dataclass(frozen=True, slots=True, eq=False)
class Recognition:
    """What a protocol of identification saw: photos, where their faces are, descriptors, and who was recognised."""

    protocol: str
    view: View
    photos: NamedPhotos
    detections: Detections
    described: DescribedPhotos
    recognised: Recognised
    seed: int

    def result(self) -> IdentificationResult:
        """Figures and their intervals."""
        return summarise(self.recognised, self.protocol, self.described, self.seed)


def recognise_subjects(
    harness: Harness, folder: Path, protocol: str, *, repeats: int, seed: int, people: int | None = None
) -> Recognition:
    """Protocols `lfw-596` and `people`, and both `-cropped`, or on some of the people, with at most six photos each.

    Raises `InputError` for another protocol, if photos are missing, or if the network has met these people.
    """
    view = subjects_view(protocol)
    if view is None:
        raise InputError(f"protocol is '{protocol}'; expected one of {', '.join(SUBJECT_VIEWS)}")
    photos, name = load_photos(folder, protocol), protocol
    if people is not None and people < len(photos.people):
        photos = photos.thinned(people, _PHOTOS_EACH, np.random.default_rng(seed))
        name = f"{protocol}, {people} people"
    check_unseen(photos, harness.seen, name)
    detections = harness.detections(folder, photos.names)
    described = harness.described(folder, photos.names, detections, plain_cut(view))
    recognised = identify(described, photos.person, repeats, seed)
    return Recognition(name, view, photos, detections, described, recognised, seed)


def judge_robustness(
    harness: Harness, folder: Path, view: View, *, people: int, repeats: int, seed: int
) -> RobustnessResult:
    """Protocol `lfw-robustness`, on so many of the 596 people with at most six photos each.

    Raises `InputError` if photos are missing, or if the network has met these people.
    """
    photos = load_subjects(folder).thinned(people, _PHOTOS_EACH, np.random.default_rng(seed))
    check_unseen(photos, harness.seen, "lfw-robustness")
    detections = harness.detections(folder, photos.names)

    def describe(cut: Cut, name: str) -> DescribedPhotos:
        return harness.described(folder, photos.names, detections, cut, name)

    return measure_robustness(describe, photos.person, view, repeats=repeats, seed=seed)
