"""What a search for a device ends with: the chosen finalist, and what was measured of it and of the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facefit.device import Timing
from facefit.search import Finalist, SearchResult

PREDICTED, MEASURED = "predicted by the surrogate for the search split", "measured on the search split"


@dataclass(frozen=True, slots=True)
class Measured:
    """A finalist that was timed end to end on the device."""

    finalist: Finalist
    timing: Timing


@dataclass(frozen=True)
class Choice:
    """The best finalist within the limit, all that were timed, and the search they come from.

    `timing` is of the chosen one, once more after it was found within the limit, and `reference` of EfficientNet-B0 in
    the same bursts; `limit_kept` says whether it was within the limit that time too. After Ctrl-C they may tell of the
    first timing. All are None, and `measured` is empty, where nothing was timed. `limit_ms` is the limit it was judged
    by: a part of EfficientNet-B0 is of `reference`, or else of the profile's. `searches` counts how often the search
    ran. `accuracy` of the chosen one is for the search split, in 0..1, measured or predicted, as `accuracy_kind` says,
    with its 95 % interval; `searched_accuracy` (n,) is the surrogate's, `rmse` its error.
    """

    chosen: Finalist
    timing: Timing | None
    measured: tuple[Measured, ...]
    reference: Timing | None
    found: SearchResult
    searches: int
    limit_ms: float
    limit_kept: bool | None
    accuracy: float
    accuracy_interval: tuple[float, float]
    rmse: float
    searched_accuracy: NDArray[np.float64]

    @property
    def accuracy_kind(self) -> str:
        """Where the accuracy comes from, in words."""
        return MEASURED if self.chosen.measured else PREDICTED

    def timing_of(self, finalist: Finalist) -> Timing | None:
        """How long a finalist took; None for those that were not timed."""
        return next((m.timing for m in self.measured if m.finalist.subnet == finalist.subnet), None)
