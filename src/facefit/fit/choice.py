"""From a limit to a subnet measured within it: search, re-time the best few, search more tightly if need be.

Where the device is out of reach, the search alone decides, on what its profile foretells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from facefit.device import Backend, Plan, Timing
from facefit.errors import LimitError, at_least
from facefit.fit.best_so_far import BestSoFar
from facefit.fit.chosen import Choice, Measured
from facefit.fit.retiming import AGAIN, ATTEMPTS, REFERENCE, RETIMED, measured_finalists, tighter_limit, time_finalists
from facefit.fit.wanted import Interrupted, Wanted
from facefit.search import SearchResult
from facefit.space.budget import keeps_limit

if TYPE_CHECKING:
    from facefit.faces.alignment import View
    from facefit.faces.dataset import LabelledFaces  # a search alone need not wait for it


@dataclass(frozen=True)
class Review:
    """What is done to a search before its best few are timed: their accuracy is measured.

    `measure` gives the same search, its finalists measured and best first; `calibration` are the photos that their
    batch-norm statistics are of, and those of the network that is handed over; on `portraits` of people who were held
    out, in each view, its thresholds are found, where it tells people apart.
    """

    measure: Callable[[SearchResult], SearchResult]
    calibration: LabelledFaces
    portraits: Mapping[View, LabelledFaces] = field(default_factory=dict)


def choose(wanted: Wanted, backend: Backend, plan: Plan, review: Review | None = None) -> Choice:
    """Finds the subnet that ranks first, after `review`, among those measured within the limit, the best few timed as
    the plan says. Each of them is timed once more, best first, until one keeps the limit again: the first timing is
    flattered, since it decided. A part of EfficientNet-B0 is of its latency in the same bursts.

    If none of the best few keeps it, the prediction was too low here and now: the search runs again with a limit that
    makes up for it. Where only the second timings miss it in the end, the first one's choice stands, and its
    `limit_kept` says so. Raises `LimitError` at once for a limit that the profile rules out, or if none was ever within
    it, and `Interrupted` after Ctrl-C, with the best choice that the timings until then allow.
    """
    best = BestSoFar()
    try:
        return _timed_choice(wanted, backend, plan, review, best)
    except KeyboardInterrupt as error:
        if best.choice:
            raise Interrupted(best.choice.found, best.choice) from error
        raise


def _timed_choice(wanted: Wanted, backend: Backend, plan: Plan, review: Review | None, best: BestSoFar) -> Choice:
    rng, allowed_ms = np.random.default_rng(wanted.seed), wanted.limit_ms
    shorter = replace(plan, finalists_seconds=AGAIN * plan.finalists_seconds)
    for attempt in range(ATTEMPTS):
        try:
            found = wanted.search(allowed_ms)
        except LimitError:
            if attempt == 0:
                raise
            break
        found = _reviewed(found, review)
        timings = time_finalists(wanted, found, range(RETIMED), backend, plan, rng)
        measured, limit_ms = measured_finalists(found, timings), wanted.limit_beside(timings[REFERENCE].ms)
        fastest = min(measured, key=lambda m: m.timing.ms)
        best.timed(_choice(wanted, found, attempt + 1, fastest, measured, timings[REFERENCE]))
        for number in [number for number, m in enumerate(measured) if m.timing.ms <= limit_ms]:
            best.within = _choice(wanted, found, attempt + 1, measured[number], measured, timings[REFERENCE])
            again = time_finalists(wanted, found, [number], backend, shorter, rng)
            choice = _timed_again(wanted, found, attempt + 1, measured, again)
            measured = choice.measured
            if choice.limit_kept:
                return choice
            best.timed_again(choice)
        slowdown = np.array([m.timing.ms / m.finalist.predicted_ms for m in measured])
        allowed_ms = tighter_limit(allowed_ms, limit_ms, slowdown)
    if best.missed:
        return replace(best.missed, searches=attempt + 1)
    raise LimitError(
        f"limit is {limit_ms:.6g} ms, but the fastest of the finalists measured {at_least(best.fastest_ms)} ms; "
        f"allow at least that, or profile again while nothing else runs"
    )


def foretell(wanted: Wanted, review: Review | None = None) -> Choice:
    """Finds the subnet that ranks first, after `review`, among those that should keep the limit by the profile alone.

    Raises `LimitError` at once for a limit that the profile rules out, and `Interrupted` after Ctrl-C.
    """
    return untimed(wanted, _reviewed(wanted.search(), review))


def untimed(wanted: Wanted, found: SearchResult) -> Choice:
    """The first of the finalists, on the word of the profile."""
    return _choice(wanted, found, 1)


def _reviewed(found: SearchResult, review: Review | None) -> SearchResult:
    try:
        return review.measure(found) if review else found
    except KeyboardInterrupt as error:
        raise Interrupted(found) from error


def _timed_again(
    wanted: Wanted, found: SearchResult, searches: int, measured: tuple[Measured, ...], timings: Mapping[str, Timing]
) -> Choice:
    """The finalist that was timed once more, with its second timing in place of its first."""
    (again,) = measured_finalists(found, timings)
    measured = tuple(again if m.finalist == again.finalist else m for m in measured)
    return _choice(wanted, found, searches, again, measured, timings[REFERENCE])


def _choice(
    wanted: Wanted,
    found: SearchResult,
    searches: int,
    best: Measured | None = None,
    measured: tuple[Measured, ...] = (),
    reference: Timing | None = None,
) -> Choice:
    surrogate, searched = wanted.bundle.surrogate, found.searched_accuracy
    assert searched is not None  # searches of a bundle have its surrogate
    limit_ms = wanted.limit_beside(reference.ms) if reference else wanted.limit_ms
    chosen, rmse = best.finalist if best else found.finalists[0], surrogate.rmse
    predicted = float(surrogate.predict_accuracy(chosen.genes[None])[0])
    spread = predicted - 1.96 * rmse, predicted + 1.96 * rmse
    return Choice(
        chosen=chosen,
        timing=best.timing if best else None,
        measured=measured,
        reference=reference,
        found=found,
        searches=searches,
        limit_ms=limit_ms,
        limit_kept=keeps_limit(best.timing.ms, limit_ms) if best else None,
        accuracy=chosen.measured.value if chosen.measured else predicted,
        accuracy_interval=chosen.measured.interval if chosen.measured else spread,
        rmse=rmse,
        searched_accuracy=searched,
    )
