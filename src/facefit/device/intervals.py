"""How far a latency can be trusted: an interval of the lower quartile of passes that come in rounds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

ROUNDS_AT_LEAST = 4
_STUDENT = (1.95996, 2.37227, 2.82250, 2.55585, 1.58953)
"""97.5 % quantile of Student's t in powers of 1 / degrees of freedom (Abramowitz and Stegun, 26.7.5)."""


def quartile_interval(rounds: Sequence[Sequence[float]]) -> tuple[float, float]:
    """95 % interval of the lower quartile of all passes, for the device as it was meanwhile.

    Passes of a round resemble each other: they share where the memory fell, and how fast the machine was. So rounds are
    what is independent, as clusters of a survey are. The share of passes up to the quartile has a standard error over
    the rounds, and the quantiles at a quarter plus and minus Student's t times that bound the quartile (Woodruff 1952:
    Confidence intervals for medians and other position measures). The error counts as no smaller than that of as many
    independent passes. Fewer than four rounds tell too little: then it is the fastest and the slowest pass.

    Raises `ValueError` without any pass.
    """
    passes = np.sort([ms for part in rounds for ms in part])
    if len(passes) == 0:
        raise ValueError("a timing without passes has no interval")
    if len(rounds) < ROUNDS_AT_LEAST:
        return float(passes[0]), float(passes[-1])
    quartile = np.quantile(passes, 0.25)
    below = float(np.mean(passes <= quartile))
    surplus = [float(np.sum(np.asarray(part) <= quartile)) - below * len(part) for part in rounds]
    between = len(rounds) / (len(rounds) - 1) * math.fsum(s * s for s in surplus) / len(passes) ** 2
    error = math.sqrt(max(between, 0.25 * 0.75 / len(passes)))
    half = student_t(len(rounds) - 1) * error
    low, high = max(0.25 - half, 0.0), min(0.25 + half, 1.0)
    return float(np.quantile(passes, low, method="lower")), float(np.quantile(passes, high, method="higher"))


def student_t(degrees: int) -> float:
    """97.5 % quantile of Student's t, within 0.2 % from three degrees of freedom on."""
    return float(np.polyval(_STUDENT[::-1], 1 / degrees))
