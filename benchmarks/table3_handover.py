"""Which of its finalists a method hands over: the rule of `facefit fit`, the same for every method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facefit.fit.retiming import ATTEMPTS, RETIMED, tighter_limit
from facefit.space.budget import keeps_limit
from facefit.space.population import Genes

Time = Callable[[Genes], NDArray[np.float64]]
"""From rows of genes to the milliseconds of each."""
Finalists = Callable[[float], Genes]
"""From a limit in ms to what a search within it finds, best first; no rows where nothing keeps it."""


@dataclass(frozen=True)
class HandedOver:
    """A subnet's genes, and whether it kept the limit in its second timing too."""

    genes: Genes
    kept: bool


@dataclass(frozen=True)
class Clocks:
    """What the profile foretells, a first timing, and a second one."""

    predicted: Time
    first: Time
    again: Time


def handed_over(finalists: Finalists, limit_ms: float, clocks: Clocks) -> HandedOver:
    """The first of the best few finalists that is within the limit in a first timing and keeps it in a second.

    Where none does, the search runs again with a limit that makes up for what prediction and timing differ, as
    `facefit fit` does. Where all of its searches fail, the first that was within the limit once stands, or else the
    fastest.
    """
    once: Genes | None = None
    fastest, fastest_ms, allowed_ms = finalists(limit_ms)[0], np.inf, limit_ms
    for _ in range(ATTEMPTS):
        several = finalists(allowed_ms)[:RETIMED]
        if not len(several):
            break
        ms = clocks.first(several)
        for genes in several[ms <= limit_ms]:
            if keeps_limit(float(clocks.again(genes[None])[0]), limit_ms):
                return HandedOver(genes, True)
            once = genes if once is None else once
        if ms.min() < fastest_ms:
            fastest, fastest_ms = several[ms.argmin()], ms.min()
        allowed_ms = tighter_limit(allowed_ms, limit_ms, ms / clocks.predicted(several))
    return HandedOver(fastest if once is None else once, False)
