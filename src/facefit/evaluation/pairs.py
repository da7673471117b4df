"""What a descriptor is worth on pairs of photos: which they are, whom they show, and how well it tells them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from facefit.evaluation.exclusion import check_unseen, unseen_pairs
from facefit.evaluation.harness import Harness
from facefit.evaluation.identity_protocols import OWN_PEOPLE, load_photos
from facefit.evaluation.photos import plain_cut
from facefit.evaluation.subject_pairs import subject_pairs
from facefit.evaluation.verification import VerificationResult, verify
from facefit.faces.alignment import View
from facefit.faces.lfw import PAIRS, PhotoPairs, are_the_596, load_pairs, person_of
from facefit.weights import SeenPeople

_NO_THRESHOLDS: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class PairSet:
    """Pairs of a protocol; `source` says where they come from, `left_out` how many more it had, on which are people
    whom the network has met."""

    pairs: PhotoPairs
    source: str
    left_out: int = 0

    @property
    def people(self) -> int:
        return len({person_of(name) for name in self.pairs.names})

    @property
    def whose(self) -> str:
        """Where the pairs come from, and how many people are on them."""
        return f"{self.source}: {self.people:,} people"

    def told(self) -> str:
        """Where the pairs come from, whom they show, and how many there are of each kind."""
        same = int(self.pairs.same.sum())
        photos, different = len(self.pairs.names), len(self.pairs) - same
        return f"{self.whose}, {photos:,} photos, {same:,} pairs of one person, {different:,} of two"


@dataclass(frozen=True, slots=True, eq=False)
class JudgedPairs:
    """Figures, and the pairs that they are of."""

    of: PairSet
    result: VerificationResult

    def to_json(self) -> dict[str, Any]:
        """What the result gives, and `source`, `people`, `photos` and `left_out` (pairs)."""
        return self.result.to_json() | {
            "source": self.of.source,
            "people": self.of.people,
            "photos": len(self.of.pairs.names),
            "left_out": self.of.left_out,
        }


def judge_pairs(
    harness: Harness,
    folder: Path,
    view: View,
    *,
    seed: int,
    protocol: str = "lfw-pairs",
    thresholds: Mapping[str, float] = _NO_THRESHOLDS,
) -> JudgedPairs:
    """Protocol `lfw-pairs`, on those pairs on which is nobody whom the network has met, or one on pairs of subjects;
    `thresholds` found elsewhere, by false acceptance rate, are judged too.

    Raises `InputError` if photos are missing, or too few pairs are left.
    """
    chosen = pair_set(folder, protocol, harness.seen, seed)
    pairs = chosen.pairs
    described = harness.described(folder, pairs.names, harness.detections(folder, pairs.names), plain_cut(view))
    without = ~(described.found[pairs.first] & described.found[pairs.second])
    result = verify(
        described.pair_similarities(pairs.first, pairs.second),
        pairs.same,
        pairs.fold,
        protocol=f"{protocol}, {view}",
        without_face=int(without.sum()),
        thresholds=thresholds,
        seed=seed,
    )
    return JudgedPairs(chosen, result)


def pair_set(folder: Path, protocol: str, seen: SeenPeople, seed: int) -> PairSet:
    """The pairs that a protocol asks for; raises `InputError` as `judge_pairs` does."""
    own = f"folder {folder.resolve().name}"
    if protocol == "lfw-pairs":
        pairs = load_pairs(folder)
        left = unseen_pairs(pairs, seen)
        return PairSet(left, f"{own}, {PAIRS}", len(pairs) - len(left))
    photos = load_photos(folder, protocol)
    check_unseen(photos, seen, protocol)
    lfw = protocol not in OWN_PEOPLE and are_the_596(photos.people)
    return PairSet(subject_pairs(photos, seed), f"{own}, lfw-596" if lfw else own)
