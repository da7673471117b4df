"""How the best few of a search are timed, and what the next search is to keep where none is within the limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from facefit.device import Backend, Plan, Timing, time_rounds
from facefit.fit.chosen import Measured
from facefit.fit.wanted import Interrupted, Wanted
from facefit.search import SearchResult

REFERENCE = "EfficientNet-B0"
RETIMED = 4
"""So many finalists are timed side by side."""
AGAIN = 0.2
"""Share of the plan's seconds, in as many rounds: a second timing only tells whether the first was lucky."""
ATTEMPTS = 4
"""So many searches at most."""
_TIGHTER = 0.99


def time_finalists(
    wanted: Wanted, found: SearchResult, numbers: Iterable[int], backend: Backend, plan: Plan, rng: np.random.Generator
) -> dict[str, Timing]:
    """Finalists by their number, and EfficientNet-B0, in the same bursts."""
    from facefit.device import reference_model  # loads what makes models, which a search alone has no use for

    try:
        models = {str(n): wanted.model(found.finalists[n]) for n in numbers if n < len(found.finalists)}
        models[REFERENCE] = reference_model(max(wanted.bundle.space.resolutions), rng)
        return time_rounds(backend, models, rng, rounds=plan.rounds, at_least_s=plan.finalists_seconds)
    except KeyboardInterrupt as error:
        raise Interrupted(found) from error


def measured_finalists(found: SearchResult, timings: Mapping[str, Timing]) -> tuple[Measured, ...]:
    """The finalists that were timed, best first."""
    timed = [name for name in timings if name != REFERENCE]
    return tuple(Measured(found.finalists[int(name)], timings[name]) for name in sorted(timed, key=int))


def tighter_limit(allowed_ms: float, limit_ms: float, slowdown: NDArray[np.float64]) -> float:
    """What the next search is to keep by the profile: tighter than the last one allowed, and so that networks as many
    times slower than predicted as those that were measured, (n,), are within the limit."""
    return min(_TIGHTER * allowed_ms, limit_ms / float(np.median(slowdown)))
