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
    }
)


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

    def described(self, folder: Path, names: Sequence[str], detections: Detections, cut: Cut) -> DescribedPhotos:
        """Descriptors of the central faces."""
        with self.stage(f"describing {len(names)} photos") as progress:
            return describe_photos(folder, names, detections, self.describer, cut, progress)


def judge_subjects(harness: Harness, folder: Path, protocol: str, *, repeats: int, seed: int) -> IdentificationResult:
    """Protocols `lfw-596` and `lfw-596-cropped`; raises `InputError` for another one, or if photos are missing."""
    if protocol not in ("lfw-596", "lfw-596-cropped"):
        raise InputError(f"protocol is '{protocol}'; expected lfw-596 or lfw-596-cropped")
    photos = load_subjects(folder)
    view: View = "cropped" if protocol.endswith("cropped") else "aligned"
    described = harness.described(folder, photos.names, harness.detections(folder, photos.names), plain_cut(view))
    return summarise(identify(described, photos.person, repeats, seed), protocol, described, seed)


def judge_pairs(harness: Harness, folder: Path, view: View, *, seed: int) -> VerificationResult:
    """Protocol `lfw-pairs`; raises `InputError` if photos are missing."""
    pairs = load_pairs(folder)
    described = harness.described(folder, pairs.names, harness.detections(folder, pairs.names), plain_cut(view))
    without = ~(described.found[pairs.first] & described.found[pairs.second])
    similarity: NDArray[np.float64] = described.pair_similarities(pairs.first, pairs.second)
    return verify(
        similarity, pairs.same, pairs.fold, protocol=f"lfw-pairs, {view}", without_face=int(without.sum()), seed=seed
    )
