"""From which similarity two faces pass as one person, for all subnets of a SuperNet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from facefit.artifacts import read_json, write_json
from facefit.errors import ArtifactError

FALSE_ACCEPTANCE_RATES = ("0.01", "0.001")

KIND, SCHEMA = "facefit.thresholds", 1


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
        """From the descriptors (n, d) that each of several subnets gave to photos of `person`, int (n,)."""
        first, second = np.triu_indices(len(person), 1)
        same = person[first] == person[second]
        found: list[list[tuple[float, float]]] = []
        for rows in descriptors:
            unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
            cosine = (unit @ unit.T)[first, second]
            found.append([_at(cosine[same], cosine[~same], float(far)) for far in FALSE_ACCEPTANCE_RATES])
        values = np.array(found)  # (subnets, rates, 2)

        def by_rate(figures: NDArray[np.float64]) -> dict[str, float]:
            return dict(zip(FALSE_ACCEPTANCE_RATES, figures.tolist(), strict=True))

        mean, deviation = values.mean(axis=0), values.std(axis=0, ddof=1 if len(values) > 1 else 0)
        return cls(by_rate(mean[:, 0]), by_rate(deviation[:, 0]), by_rate(mean[:, 1]), len(values), calibrated_on)

    def card_entry(self) -> dict[str, Any]:
        """What the card of a subnet says of comparing faces."""
        return {
            "view": "aligned",
            "thresholds": {far: round(value, 6) for far, value in self.cosine.items()},
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


def _at(same: NDArray[np.float32], different: NDArray[np.float32], far: float) -> tuple[float, float]:
    """The least cosine that at most the share `far` of different pairs reaches, and the share of same pairs that do."""
    threshold = float(np.quantile(different, 1 - far, method="higher"))
    return threshold, float((same >= threshold).mean())
