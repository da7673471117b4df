"""What a descriptor is worth on the 596 people of LFW, or on other people: photos found, cut out, described, and judged
by a protocol."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from facefit.errors import InputError
from facefit.evaluation.exclusion import check_unseen
from facefit.evaluation.harness import Harness
from facefit.evaluation.identification import IdentificationResult, Recognised, identify, summarise
from facefit.evaluation.identity_protocols import OWN_PEOPLE, SUBJECT_VIEWS, load_photos, subjects_view
from facefit.evaluation.looked_at import PhotoFacts
from facefit.evaluation.official import are_official_subjects
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
    facts: PhotoFacts = field(default_factory=PhotoFacts)

    def result(self) -> IdentificationResult:
        """Figures and their intervals."""
        return summarise(self.recognised, self.protocol, self.described, self.seed, self.facts)


def recognise_subjects(
    harness: Harness, folder: Path, protocol: str, *, repeats: int, seed: int, people: int | None = None
) -> Recognition:
    """Protocols `lfw-596` and `people`, and both `-cropped`, or on some of the people, with at most six photos each.

    Of one's own photos those that cannot be read are left out. Raises `InputError` for another protocol, if photos of
    LFW are missing or broken, or if the network has met these people.
    """
    view = subjects_view(protocol)
    if view is None:
        raise InputError(f"protocol is '{protocol}'; expected one of {', '.join(SUBJECT_VIEWS)}")
    photos, name, own = load_photos(folder, protocol), protocol, protocol in OWN_PEOPLE
    official = None if own else are_official_subjects(photos)
    if people is not None and people < len(photos.people):
        photos = photos.thinned(people, _PHOTOS_EACH, np.random.default_rng(seed))
        name = f"{protocol}, {people} people"
    check_unseen(photos, harness.seen, name)
    looked_at = harness.look(folder, photos.names, may_skip=own)
    photos, detections = looked_at.readable(photos), looked_at.detections
    described = harness.described(folder, photos.names, detections, plain_cut(view))
    recognised = identify(described, photos.person, repeats, seed)
    facts = looked_at.facts(photos.names, official, harness.seen)
    return Recognition(name, view, photos, detections, described, recognised, seed, facts)


def judge_robustness(
    harness: Harness, folder: Path, view: View, *, people: int, repeats: int, seed: int
) -> RobustnessResult:
    """Protocol `lfw-robustness`, on so many of the 596 people with at most six photos each.

    Raises `InputError` if photos are missing or broken, or if the network has met these people.
    """
    subjects = load_subjects(folder)
    photos = subjects.thinned(people, _PHOTOS_EACH, np.random.default_rng(seed))
    check_unseen(photos, harness.seen, "lfw-robustness")
    looked_at = harness.look(folder, photos.names, may_skip=False)

    def describe(cut: Cut, name: str) -> DescribedPhotos:
        return harness.described(folder, photos.names, looked_at.detections, cut, name)

    facts = looked_at.facts(photos.names, are_official_subjects(subjects), harness.seen)
    return measure_robustness(describe, photos.person, view, repeats=repeats, seed=seed, facts=facts)
