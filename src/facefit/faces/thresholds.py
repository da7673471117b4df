"""From which similarity two faces pass as one person, for all subnets of a SuperNet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from facefit.artifacts import read_json, write_json
from facefit.errors import ArtifactError, InputError
from facefit.faces.alignment import MATCH_VIEW

FALSE_ACCEPTANCE_RATES = ("0.01", "0.001")
"""At which thresholds are found, here and by the protocols on pairs."""

KIND, SCHEMA = "facefit.thresholds", 2  # 1: of pairs in mixed views
_ROWS = 1024


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Cosines under their false acceptance rate, the mean over `subnets` and their standard deviation.

    `tar` is the share of pairs of one person that pass, in 0..1; `calibrated_on` says which pairs were looked at.
    """

    cosine: dict[str, float]
    deviation: dict[str, float]
    tar: dict[str, float]
    subnets: int
    calibrated_on: str

    @classmethod
    def over(cls, descriptors: Iterable[NDArray[np.float32]], person: NDArray[np.int64], calibrated_on: str) -> Self:
        """From the descriptors (n, d) that each of several subnets gave to photos of `person`, int (n,).

        Each threshold is the least cosine that at most its share of the pairs of different people reaches. Raises
        `InputError` without pairs of one person, or of two.
        """
        photos = np.unique(person, return_counts=True)[1]
        same = int((photos * (photos - 1)).sum()) // 2
        different = len(person) * (len(person) - 1) // 2 - same
        if not same or not different:
            raise InputError(
                f"{same} pairs of photos of one person and {different} of two people; expected some of both: add people"
            )
        may_pass = [pairs_that_may_pass(far, different) for far in FALSE_ACCEPTANCE_RATES]
        values = np.array([_at(rows, person, may_pass) for rows in descriptors])  # (subnets, rates, 2)

        def by_rate(figures: NDArray[np.float64]) -> dict[str, float]:
            return dict(zip(FALSE_ACCEPTANCE_RATES, figures.tolist(), strict=True))

        mean, deviation = values.mean(axis=0), values.std(axis=0, ddof=1 if len(values) > 1 else 0)
        return cls(by_rate(mean[:, 0]), by_rate(deviation[:, 0]), by_rate(mean[:, 1]), len(values), calibrated_on)

    def card_entry(self) -> dict[str, Any]:
        """What the card of a subnet says of comparing faces."""
        return {
            "view": MATCH_VIEW,
            "thresholds": {far: rounded_up(value) for far, value in self.cosine.items()},
            "tar": {far: round(value, 6) for far, value in self.tar.items()},
            "thresholds_deviation": {far: round(value, 6) for far, value in self.deviation.items()},
            "calibrated_on": f"{self.calibrated_on}, mean of {self.subnets} subnets",
        }

    def save(self, path: Path) -> None:
        write_json(path, {"kind": KIND, "schema": SCHEMA, **asdict(self)})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises `ArtifactError` for anything but a file written by `save`."""
        data = read_json(path, "thresholds of a SuperNet")
        try:
            if (data.pop("kind"), data.pop("schema")) != (KIND, SCHEMA):
                raise ValueError("another kind or schema")
            return cls(**data)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"{path}: not thresholds of a SuperNet ({error}); write them with 'facefit label'"
            ) from error


def rounded_up(threshold: float) -> float:
    """With six digits, not below the threshold, which would let in the pair that it keeps out."""
    return math.ceil(threshold * 1e6) / 1e6


def _at(
    descriptors: NDArray[np.float32], person: NDArray[np.int64], may_pass: Sequence[int]
) -> list[tuple[float, float]]:
    """For each number of different pairs that may pass: the least cosine that no more reach, and the share of same
    pairs that do."""
    same, greatest = list[NDArray[np.float32]](), np.zeros(0, np.float32)
    for alike, unlike in _cosines(descriptors, person):
        same.append(alike)
        greatest = _greatest(greatest, unlike, max(may_pass) + 1)
    alike, falling = np.concatenate(same), np.sort(greatest)[::-1]
    thresholds = just_above(falling[np.array(may_pass)])
    return [(float(threshold), float((alike >= threshold).mean())) for threshold in thresholds]


def pairs_that_may_pass(far: str, different: int) -> int:
    """How many of so many pairs of two people may pass at a false acceptance rate."""
    return int(Fraction(far) * different)


def just_above(similarity: NDArray[Any]) -> NDArray[np.float32]:
    """The least thresholds that pairs of these similarities do not reach: with the most similar pair of two people
    that must not pass any more, the threshold of a false acceptance rate."""
    least: NDArray[np.float32] = np.nextafter(similarity.astype(np.float32), np.float32(np.inf))
    return least


def _cosines(
    descriptors: NDArray[np.float32], person: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Those of pairs of one person and of two, some rows of all pairs at a time."""
    unit = descriptors / np.maximum(np.linalg.norm(descriptors, axis=1, keepdims=True), 1e-12)
    for start in range(0, len(unit), _ROWS):
        rows, others = np.arange(start, min(start + _ROWS, len(unit))), np.arange(start, len(unit))
        cosine = (unit[rows] @ unit[others].T).astype(np.float32)
        later = others > rows[:, None]
        one = person[rows][:, None] == person[others]
        yield cosine[later & one], cosine[later & ~one]


def _greatest(kept: NDArray[np.float32], more: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """The `count` greatest of both; where there are as many, the least of them comes first."""
    if len(kept) == count:
        more = more[more > kept[0]]
    both = np.concatenate([kept, more])
    return both if len(both) < count else np.partition(both, len(both) - count)[len(both) - count :]
