"""Which of its finalists a method hands over: the rule of `facefit fit`, the same for every method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facefit.fit.choice import RETIMED
from facefit.space.budget import keeps_limit
from facefit.space.population import Genes

Time = Callable[[Genes], NDArray[np.float64]]
"""From rows of genes to the milliseconds of each."""


@dataclass(frozen=True)
class HandedOver:
    """A subnet's genes, and whether it kept the limit in its second timing too."""

    genes: Genes
    kept: bool


def handed_over(ordered: Genes, limit_ms: float, first: Time, again: Time) -> HandedOver:
    """The first of the finalists, best first, that is within the limit in a first timing and keeps it in a second.

    They are timed a few at a time, until one does. Where none does, the first that was within the limit once stands, or
    else the fastest. `facefit fit`, which times its best few alone, would search more tightly then; nothing does here.
    """
    once: Genes | None = None
    measured_ms = np.empty(0)
    for start in range(0, len(ordered), RETIMED):
        several = ordered[start : start + RETIMED]
        ms = first(several)
        for genes in several[ms <= limit_ms]:
            if keeps_limit(float(again(genes[None])[0]), limit_ms):
                return HandedOver(genes, True)
            once = genes if once is None else once
        measured_ms = np.append(measured_ms, ms)
    return HandedOver(ordered[measured_ms.argmin()] if once is None else once, False)
