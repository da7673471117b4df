"""How much of its accuracy a descriptor keeps when photos are disturbed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from facefit.evaluation.bootstrap import Estimate, estimate, independent_units, not_narrower, resampled_counts
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
    """Accuracies are means over people, in 0..1, with intervals from resampling people, not narrower than Wilson's for
    `independent_units` of them; what is kept is as much wider as its levels are.

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
    weights = np.vstack([np.ones(len(plain)), resampled_counts(len(plain), np.random.default_rng(seed))])
    base = _Drawn.of(plain, weights)
    endured = []
    for kind in disturbances:
        drawn = []
        for i, level in enumerate(kind.levels):
            rng = np.random.default_rng([seed, crc32(kind.name.encode()), i])
            probes = describe(kind.cut(view, level, rng), f"{kind.name} {level:g} {kind.unit}")
            drawn.append(_Drawn.of(_person_shares(identify(probes, person, repeats, seed, gallery)), weights))
        accuracies = tuple(one.told for one in drawn)
        endured.append(Endured(kind.name, kind.unit, kind.levels, accuracies, _kept(drawn, base)))
    return RobustnessResult(
        protocol=f"{protocol}, {view}",
        n=len(person),
        people=len(plain),
        undisturbed=base.told,
        endured=tuple(endured),
        without_face=int((~gallery.found).sum()),
        facts=facts,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A mean over people, (1 + replicates,), the first of all people as they are, and what is told of it."""

    means: NDArray[np.float64]
    told: Estimate

    @classmethod
    def of(cls, shares: NDArray[np.float64], weights: NDArray[np.float64]) -> _Drawn:
        means = weights @ shares / len(shares)
        return cls(means, not_narrower(estimate(means[0], means[1:]), independent_units(shares)))

    def widening(self) -> tuple[float, float]:
        """How far the interval that is told goes below and above the one that was drawn."""
        (low, high), (least, most) = estimate(self.means[0], self.means[1:]).interval, self.told.interval
        return low - least, most - high


def _kept(levels: Sequence[_Drawn], base: _Drawn) -> Estimate:
    """Mean over levels as a share of the undisturbed; where levels are near 0 or 1 its replicates hardly move either,
    so that its interval goes further by as much as those of its levels do on average, but not beyond all or nothing
    for that. Of people none of whom is recognised undisturbed nothing is known."""
    if not base.means[0]:
        return Estimate(0.0, (0.0, 1.0))
    known = base.means > 0
    shares = np.mean([level.means for level in levels], axis=0)[known] / base.means[known]
    drawn = estimate(shares[0], shares[1:])
    below, above = (float(way) for way in np.mean([one.widening() for one in levels], axis=0) / base.means[0])
    low, high = drawn.interval
    return Estimate(drawn.value, (max(low - below, 0.0), max(high, min(high + above, 1.0))))


def _person_shares(recognised: Recognised) -> NDArray[np.float64]:
    """Share of each person's probes that were recognised, over all repeats, float64 (people,)."""
    shares: NDArray[np.float64] = recognised.right.sum(axis=0) / np.maximum(recognised.probes.sum(axis=0), 1)
    return shares
