"""What a report shows, as plain data: whoever made the run fills it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.space import SearchSpace, Subnet
from facefit.space.budget import UNLIMITED, Budget

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reference:
    """A well-known network at an input size in pixels, measured on the same device."""

    ms: float
    input_size: int
    name: str = "EfficientNet-B0"

    def __str__(self) -> str:
        return f"{self.name} at {self.input_size} px"


@dataclass(frozen=True, slots=True, eq=False)
class SearchedPoints:
    """Everything that was searched: predicted latency in ms and predicted accuracy in 0..1, both (n,).

    `front` are the rows on the Pareto front; `accuracy_rmse` is the prediction's error on held-out subnets, in 0..1.
    """

    latency_ms: Values
    accuracy: Values
    front: NDArray[np.intp]
    accuracy_rmse: float | None = None


@dataclass(frozen=True, slots=True)
class MeasuredAccuracy:
    """Accuracy in 0..1 with its 95 % interval, on n images of a protocol (with its split)."""

    value: float
    interval: tuple[float, float]
    n: int
    protocol: str


@dataclass(frozen=True, slots=True)
class FinalistRow:
    """One of the best subnets found; accuracies in 0..1, None where not known, intervals of 95 % confidence."""

    subnet: Subnet
    predicted_ms: float
    measured_ms: float | None = None
    predicted_accuracy: float | None = None
    accuracy: MeasuredAccuracy | None = None
    measured_ms_interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RunReport:
    """One run of `facefit fit`.

    `chosen` is the subnet that was exported to `file` (a name, shown as it is). `device` says in words what was
    measured, runtime and threads included. `card` is the card inside the file, `made` (versions, seeds, times) is shown
    as rows, and `budget` is what limited the search beside `limit_ms`. `finalists` are in the order of the search, best
    first, the chosen one among them. `confusion`, int (classes, classes) with the true classes in rows, and `classes`
    are given together.
    """

    task: str
    file: str
    space: SearchSpace
    chosen: FinalistRow
    device: str
    limit_ms: float | None
    parity_max_abs: float
    parity_cosine_min: float
    parity_reference: str
    size_bytes: int
    card: Mapping[str, Any]
    made: Mapping[str, str]
    budget: Budget = UNLIMITED
    reference: Reference | None = None
    searched: SearchedPoints | None = None
    finalists: tuple[FinalistRow, ...] = ()
    confusion: NDArray[np.int64] | None = None
    classes: tuple[str, ...] = ()
