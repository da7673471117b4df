"""What a descriptor is worth on pairs of photos: which they are, whom they show, and how well it tells them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from facefit.evaluation.exclusion import check_unseen, unseen_pairs
from facefit.evaluation.harness import Harness
from facefit.evaluation.identity_protocols import OWN_PEOPLE, load_photos
from facefit.evaluation.looked_at import LookedAt, PhotoFacts
from facefit.evaluation.official import are_official_subjects, is_official_list
from facefit.evaluation.photos import plain_cut
from facefit.evaluation.pigeonhole import PeopleOnPairs
from facefit.evaluation.subject_pairs import subject_pairs
from facefit.evaluation.verification import VerificationResult, verify
from facefit.faces.alignment import View
from facefit.faces.lfw import PAIRS, PhotoPairs, load_pairs, person_of
from facefit.weights import SeenPeople

_NO_THRESHOLDS: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class PairSet:
    """Pairs of a protocol; `source` says where they come from, `official` whether they are just those that the name of
    the protocol stands for (None: one's own people), `left_out` how many more it had, on which are people whom the
    network has met."""

    pairs: PhotoPairs
    source: str
    official: bool | None
    left_out: int = 0

    @property
    def people(self) -> int:
        return len({person_of(name) for name in self.pairs.names})

    @property
    def whose(self) -> str:
        """Where the pairs come from, and how many people are on them."""
        return f"{self.source}: {self.people:,} people"

    def drawn(self, seed: int) -> PeopleOnPairs:
        """Who is on the pairs, for intervals over people."""
        pairs = self.pairs
        place = np.unique([person_of(name) for name in pairs.names], return_inverse=True)[1]
        return PeopleOnPairs(np.stack([place[pairs.first], place[pairs.second]], axis=1), pairs.same, seed)

    def readable(self, looked_at: LookedAt) -> PairSet:
        """Without pairs of photos that cannot be read."""
        left = np.array([name not in looked_at.skipped for name in self.pairs.names])
        return replace(self, pairs=self.pairs.where(left[self.pairs.first] & left[self.pairs.second]))

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
    facts: PhotoFacts

    def to_json(self) -> dict[str, Any]:
        """What the result and the facts give, and `source`, `people`, `photos` and `left_out` (pairs)."""
        pairs = {
            "source": self.of.source,
            "people": self.of.people,
            "photos": len(self.of.pairs.names),
            "left_out": self.of.left_out,
        }
        return self.result.to_json() | self.facts.to_json() | pairs


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

    Of one's own photos those that cannot be read are left out. Raises `InputError` if photos of LFW are missing or
    broken, or too few pairs are left.
    """
    whole = pair_set(folder, protocol, harness.seen, seed)
    looked_at = harness.look(folder, whole.pairs.names, may_skip=protocol in OWN_PEOPLE)
    chosen = whole.readable(looked_at)
    pairs = chosen.pairs
    described = harness.described(folder, pairs.names, looked_at.detections, plain_cut(view))
    without = ~(described.found[pairs.first] & described.found[pairs.second])
    result = verify(
        described.pair_similarities(pairs.first, pairs.second),
        chosen.drawn(seed),
        pairs.fold,
        protocol=f"{protocol}, {view}",
        without_face=int(without.sum()),
        thresholds=thresholds,
    )
    return JudgedPairs(chosen, result, looked_at.facts(pairs.names, chosen.official, harness.seen))


def pair_set(folder: Path, protocol: str, seen: SeenPeople, seed: int) -> PairSet:
    """The pairs that a protocol asks for; raises `InputError` as `judge_pairs` does."""
    source = f"folder {folder.resolve().name}"
    if protocol == "lfw-pairs":
        pairs = load_pairs(folder)
        left = unseen_pairs(pairs, seen)
        left_out = len(pairs) - len(left)
        return PairSet(left, f"{source}, {PAIRS}", is_official_list(folder) and not left_out, left_out)
    photos = load_photos(folder, protocol)
    check_unseen(photos, seen, protocol)
    pairs = subject_pairs(photos, seed)
    if protocol in OWN_PEOPLE:
        return PairSet(pairs, source, None)
    official = are_official_subjects(photos)
    return PairSet(pairs, f"{source}, lfw-596" if official else source, official)
