"""How much of its accuracy a descriptor keeps when photos are disturbed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from facefit.evaluation.bootstrap import Estimate, estimate, resampled_counts
from facefit.evaluation.disturbances import DISTURBANCES, Disturbance, undisturbed_cut
from facefit.evaluation.identification import Recognised, identify
from facefit.evaluation.looked_at import PhotoFacts
from facefit.evaluation.photos import Cut, DescribedPhotos
from facefit.faces.alignment import View

Describe = Callable[[Cut, str], DescribedPhotos]
"""Describes all photos, cut out in a way that has a name."""
_NO_FACTS = PhotoFacts()


@dataclass(frozen=True, slots=True)
class Endured:
    """One kind of disturbance: accuracy at each level, and `robustness`, their mean as a share of the undisturbed."""

    name: str
    unit: str
    levels: tuple[float, ...]
    accuracies: tuple[Estimate, ...]
    robustness: Estimate

    def to_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "levels": list(self.levels),
            "accuracies": [accuracy.to_json() for accuracy in self.accuracies],
            "robustness": self.robustness.to_json(),
        }


@dataclass(frozen=True, slots=True)
class RobustnessResult:
    """Accuracies are means over people, in 0..1, with intervals from resampling people.

    The gallery is undisturbed: people enrol in good conditions and are seen in bad ones.
    """

    protocol: str
    n: int
    people: int
    undisturbed: Estimate
    endured: tuple[Endured, ...]
    without_face: int
    facts: PhotoFacts

    def to_json(self) -> dict[str, Any]:
        """`accuracy` and `interval` are those without disturbance."""
        return {
            "protocol": self.protocol,
            "n": self.n,
            "people": self.people,
            "accuracy": self.undisturbed.value,
            "interval": list(self.undisturbed.interval),
            "disturbances": {one.name: one.to_json() for one in self.endured},
            "without_face": self.without_face,
        } | self.facts.to_json()


def measure_robustness(
    describe: Describe,
    person: NDArray[np.int64],
    view: View,
    *,
    protocol: str = "lfw-robustness",
    repeats: int = 5,
    seed: int = 0,
    disturbances: Sequence[Disturbance] = DISTURBANCES,
    facts: PhotoFacts = _NO_FACTS,
) -> RobustnessResult:
    """Identifies disturbed probes in an undisturbed gallery, the same galleries at every level.

    `person`, int (n,), says who is on each photo; `facts` are told with the figures. Raises `InputError` as
    `identify` does.
    """
    gallery = describe(undisturbed_cut(view), "undisturbed")
    plain = _person_shares(identify(gallery, person, repeats, seed))
    people = len(plain)
    weights = np.vstack([np.ones(people), resampled_counts(people, np.random.default_rng(seed))])
    base = weights @ plain / people
    endured = []
    for kind in disturbances:
        means = []
        for i, level in enumerate(kind.levels):
            rng = np.random.default_rng([seed, crc32(kind.name.encode()), i])
            probes = describe(kind.cut(view, level, rng), f"{kind.name} {level:g} {kind.unit}")
            means.append(weights @ _person_shares(identify(probes, person, repeats, seed, gallery)) / people)
        kept = np.mean(means, axis=0) / np.maximum(base, 1e-9)
        accuracies = tuple(estimate(mean[0], mean[1:]) for mean in means)
        endured.append(Endured(kind.name, kind.unit, kind.levels, accuracies, estimate(kept[0], kept[1:])))
    return RobustnessResult(
        protocol=f"{protocol}, {view}",
        n=len(person),
        people=people,
        undisturbed=estimate(base[0], base[1:]),
        endured=tuple(endured),
        without_face=int((~gallery.found).sum()),
        facts=facts,
    )


def _person_shares(recognised: Recognised) -> NDArray[np.float64]:
    """Share of each person's probes that were recognised, over all repeats, float64 (people,)."""
    shares: NDArray[np.float64] = recognised.right.sum(axis=0) / np.maximum(recognised.probes.sum(axis=0), 1)
    return shares
