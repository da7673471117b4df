"""From a limit to a subnet measured within it: search, re-time the best few, search more tightly if need be.

Where the device is out of reach, the search alone decides, on what its profile foretells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facefit.bundle import Bundle
from facefit.device import Backend, Plan, Timing, reference_model, time_rounds
from facefit.errors import LimitError, at_least
from facefit.fit.wanted import Wanted
from facefit.search import Finalist, SearchResult

Review = Callable[[SearchResult], SearchResult]
"""What is done to a search before its best few are timed, such as measuring their accuracy."""
PREDICTED, MEASURED = "predicted by the surrogate for the search split", "measured on the search split"
REFERENCE = "EfficientNet-B0"
_RETIMED, _ATTEMPTS = 4, 4
_TIGHTER = 0.99


@dataclass(frozen=True, slots=True)
class Measured:
    """A finalist that was timed end to end on the device."""

    finalist: Finalist
    timing: Timing


@dataclass(frozen=True)
class Choice:
    """The best finalist within the limit, all that were timed in the last round, and the search they come from.

    `timing` is of the chosen one and `reference` of EfficientNet-B0 in the same bursts; both are None, and `measured`
    is empty, where the device was out of reach. `searches` counts how often the search ran. `accuracy` of the chosen
    one is for the search split, in 0..1, measured or predicted, as `accuracy_kind` says, with its 95 % interval;
    `searched_accuracy` (n,) is the surrogate's, `rmse` its error.
    """

    chosen: Finalist
    timing: Timing | None
    measured: tuple[Measured, ...]
    reference: Timing | None
    found: SearchResult
    searches: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    rmse: float
    searched_accuracy: NDArray[np.float64]

    @property
    def accuracy_kind(self) -> str:
        """Where the accuracy comes from, in words."""
        return MEASURED if self.chosen.measured else PREDICTED


def choose(wanted: Wanted, backend: Backend, plan: Plan, review: Review | None = None) -> Choice:
    """Finds the subnet that ranks first, after `review`, among those measured within the limit, the best few timed as
    the plan says.

    If none of the best few is measured within it, the prediction was too low here and now: the search runs again with
    a limit that makes up for it. Raises `LimitError` at once for a limit that the profile rules out, or in the end.
    """
    rng, limit_ms, allowed_ms = np.random.default_rng(wanted.seed), wanted.limit_ms, wanted.limit_ms
    fastest_ms = np.inf
    for attempt in range(_ATTEMPTS):
        try:
            found = wanted.search(allowed_ms)
        except LimitError:
            if attempt == 0:
                raise
            break
        found = review(found) if review else found
        models = {str(i): wanted.model(f) for i, f in enumerate(found.finalists[:_RETIMED])}
        models[REFERENCE] = reference_model(max(wanted.bundle.space.resolutions), rng)
        timings = time_rounds(backend, models, rng, rounds=plan.rounds, at_least_s=plan.finalists_seconds)
        measured = _measured(found, timings)
        within = [m for m in measured if m.timing.ms <= limit_ms]
        if within:
            return _choice(wanted.bundle, found, attempt + 1, within[0], measured, timings[REFERENCE])
        fastest_ms = min(fastest_ms, *(m.timing.ms for m in measured))
        slowdown = float(np.median([m.timing.ms / m.finalist.predicted_ms for m in measured]))
        allowed_ms = min(_TIGHTER * allowed_ms, limit_ms / slowdown)
    raise LimitError(
        f"limit is {limit_ms:.6g} ms, but the fastest of the finalists measured {at_least(fastest_ms)} ms; "
        f"allow at least that, or profile again while nothing else runs"
    )


def foretell(wanted: Wanted) -> Choice:
    """Finds the subnet that ranks first among those that should keep the limit, by the profile of a distant device.

    Raises `LimitError` at once for a limit that the profile rules out.
    """
    return _choice(wanted.bundle, wanted.search(), 1)


def _choice(
    bundle: Bundle,
    found: SearchResult,
    searches: int,
    best: Measured | None = None,
    measured: tuple[Measured, ...] = (),
    reference: Timing | None = None,
) -> Choice:
    predict = bundle.surrogate.predict_accuracy
    chosen, rmse = best.finalist if best else found.finalists[0], bundle.surrogate.rmse
    predicted = float(predict(chosen.genes[None])[0])
    spread = predicted - 1.96 * rmse, predicted + 1.96 * rmse
    return Choice(
        chosen=chosen,
        timing=best.timing if best else None,
        measured=measured,
        reference=reference,
        found=found,
        searches=searches,
        accuracy=chosen.measured.value if chosen.measured else predicted,
        accuracy_interval=chosen.measured.interval if chosen.measured else spread,
        rmse=rmse,
        searched_accuracy=predict(found.searched),
    )


def _measured(found: SearchResult, timings: Mapping[str, Timing]) -> tuple[Measured, ...]:
    """The finalists that were timed, best first."""
    timed = [name for name in timings if name != REFERENCE]
    return tuple(Measured(found.finalists[int(name)], timings[name]) for name in sorted(timed, key=int))
