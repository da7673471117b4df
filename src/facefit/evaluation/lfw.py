"""What a descriptor is worth on LFW: photos found, cut out, described, and judged by a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from facefit.errors import InputError
from facefit.evaluation.exclusion import check_unseen, unseen_pairs
from facefit.evaluation.harness import Harness
from facefit.evaluation.identification import IdentificationResult, Recognised, identify, summarise
from facefit.evaluation.photos import Cut, DescribedPhotos, plain_cut
from facefit.evaluation.robustness import RobustnessResult, measure_robustness
from facefit.evaluation.subject_pairs import subject_pairs
from facefit.evaluation.verification import VerificationResult, verify
from facefit.faces.alignment import View
from facefit.faces.detections import Detections
from facefit.faces.lfw import NamedPhotos, PhotoPairs, load_pairs, load_subjects
from facefit.weights import SeenPeople

IDENTITY_PROTOCOLS: Mapping[str, str] = MappingProxyType(
    {
        "lfw-596": "nearest neighbour among one aligned photo of each of 596 people",
        "lfw-596-cropped": "the same on the detected box, without alignment",
        "lfw-pairs": "6,000 pairs of photos: one person or two",
        "lfw-596-pairs": "the same on pairs of the 596 people, for networks that learnt from others of LFW",
        "lfw-robustness": "nearest neighbour with disturbed probes, on some of the 596 people",
    }
)

PAIR_PROTOCOLS = ("lfw-pairs", "lfw-596-pairs")
_SUBJECT_VIEWS: Mapping[str, View] = MappingProxyType({"lfw-596": "aligned", "lfw-596-cropped": "cropped"})
_PHOTOS_EACH = 6
"""Enough for five probes; one man alone has 530."""


@dataclass(frozen=True, slots=True, eq=False)
class Recognition:
    """What a protocol on the 596 subjects saw: photos, where their faces are, descriptors, and who was recognised."""

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


def subjects_view(protocol: str) -> View | None:
    """The view that a protocol on the 596 subjects has in its name; None for another protocol."""
    return _SUBJECT_VIEWS.get(protocol)


def recognise_subjects(
    harness: Harness, folder: Path, protocol: str, *, repeats: int, seed: int, people: int | None = None
) -> Recognition:
    """Protocols `lfw-596` and `lfw-596-cropped`, or on some of the people, with at most six photos each.

    Raises `InputError` for another protocol, if photos are missing, or if the network has met these people.
    """
    view = subjects_view(protocol)
    if view is None:
        raise InputError(f"protocol is '{protocol}'; expected one of {', '.join(_SUBJECT_VIEWS)}")
    photos, name = load_subjects(folder), protocol
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


def judge_pairs(
    harness: Harness, folder: Path, view: View, *, seed: int, protocol: str = "lfw-pairs"
) -> VerificationResult:
    """Protocol `lfw-pairs`, on those pairs on which is nobody whom the network has met, or `lfw-596-pairs`.

    Raises `InputError` if photos are missing, or too few pairs are left.
    """
    pairs = _pairs(folder, protocol, harness.seen, seed)
    described = harness.described(folder, pairs.names, harness.detections(folder, pairs.names), plain_cut(view))
    without = ~(described.found[pairs.first] & described.found[pairs.second])
    return verify(
        described.pair_similarities(pairs.first, pairs.second),
        pairs.same,
        pairs.fold,
        protocol=f"{protocol}, {view}",
        without_face=int(without.sum()),
        seed=seed,
    )


def _pairs(folder: Path, protocol: str, seen: SeenPeople, seed: int) -> PhotoPairs:
    if protocol == "lfw-596-pairs":
        photos = load_subjects(folder)
        check_unseen(photos, seen, protocol)
        return subject_pairs(photos, seed)
    return unseen_pairs(load_pairs(folder), seen)
