"""What a descriptor is worth on LFW: photos found, cut out, described, and judged by a protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.evaluation.identification import IdentificationResult, identify, summarise
from facefit.evaluation.photos import Cut, DescribedPhotos, Progress, describe_photos, plain_cut
from facefit.evaluation.robustness import RobustnessResult, measure_robustness
from facefit.evaluation.verification import VerificationResult, verify
from facefit.faces.alignment import View
from facefit.faces.detections import Detections, detect_photos
from facefit.faces.detector import FaceDetector
from facefit.faces.lfw import load_pairs, load_subjects
from facefit.faces.matching import Describer

Stage: TypeAlias = Callable[[str], AbstractContextManager[Progress]]
"""Called with the name of a long piece of work; the context takes its progress."""

IDENTITY_PROTOCOLS: Mapping[str, str] = MappingProxyType(
    {
        "lfw-596": "nearest neighbour among one aligned photo of each of 596 people",
        "lfw-596-cropped": "the same on the detected box, without alignment",
        "lfw-pairs": "6,000 pairs of photos: one person or two",
        "lfw-robustness": "nearest neighbour with disturbed probes, on some of the 596 people",
    }
)

_SUBJECT_VIEWS: Mapping[str, View] = MappingProxyType({"lfw-596": "aligned", "lfw-596-cropped": "cropped"})
_PHOTOS_EACH = 6
"""Enough for five probes; one man alone has 530."""


@dataclass(frozen=True, slots=True)
class Harness:
    """How photos become descriptors: a network, a detector, the file that keeps detections, and who is told."""

    describer: Describer
    detector: FaceDetector
    detections_file: Path
    stage: Stage

    def detections(self, folder: Path, names: Sequence[str]) -> Detections:
        """Faces of the photos, each looked at once for all networks."""
        with self.stage(f"finding faces in {len(names)} photos") as progress:
            return detect_photos(folder, names, self.detector, self.detections_file, progress)

    def described(
        self, folder: Path, names: Sequence[str], detections: Detections, cut: Cut, how: str = ""
    ) -> DescribedPhotos:
        """Descriptors of the central faces; `how` is told with the progress."""
        with self.stage(f"describing {len(names)} photos{f', {how}' if how else ''}") as progress:
            return describe_photos(folder, names, detections, self.describer, cut, progress)


def subjects_view(protocol: str) -> View | None:
    """The view that a protocol on the 596 subjects has in its name; None for another protocol."""
    return _SUBJECT_VIEWS.get(protocol)


def judge_subjects(harness: Harness, folder: Path, protocol: str, *, repeats: int, seed: int) -> IdentificationResult:
    """Protocols `lfw-596` and `lfw-596-cropped`; raises `InputError` for another one, or if photos are missing."""
    view = subjects_view(protocol)
    if view is None:
        raise InputError(f"protocol is '{protocol}'; expected one of {', '.join(_SUBJECT_VIEWS)}")
    photos = load_subjects(folder)
    described = harness.described(folder, photos.names, harness.detections(folder, photos.names), plain_cut(view))
    return summarise(identify(described, photos.person, repeats, seed), protocol, described, seed)


def judge_robustness(
    harness: Harness, folder: Path, view: View, *, people: int, repeats: int, seed: int
) -> RobustnessResult:
    """Protocol `lfw-robustness`, on so many of the 596 people with at most six photos each."""
    photos = load_subjects(folder).thinned(people, _PHOTOS_EACH, np.random.default_rng(seed))
    detections = harness.detections(folder, photos.names)

    def describe(cut: Cut, name: str) -> DescribedPhotos:
        return harness.described(folder, photos.names, detections, cut, name)

    return measure_robustness(describe, photos.person, view, repeats=repeats, seed=seed)


def judge_pairs(harness: Harness, folder: Path, view: View, *, seed: int) -> VerificationResult:
    """Protocol `lfw-pairs`; raises `InputError` if photos are missing."""
    pairs = load_pairs(folder)
    described = harness.described(folder, pairs.names, harness.detections(folder, pairs.names), plain_cut(view))
    without = ~(described.found[pairs.first] & described.found[pairs.second])
    similarity: NDArray[np.float64] = described.pair_similarities(pairs.first, pairs.second)
    return verify(
        similarity, pairs.same, pairs.fold, protocol=f"lfw-pairs, {view}", without_face=int(without.sum()), seed=seed
    )
