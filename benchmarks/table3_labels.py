"""Which labels a search of table 3 learns from: a share of all, or as many of each label plan."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from facefit.comparator.splits import LEAST_LABELS
from facefit.errors import InputError
from facefit.labels.store import UNRECORDED, Labels

ACTIVE, UNIFORM = "active", "uniform"

Draw = Callable[[int], Labels]
"""From a seed to labels."""


def share_of(labels: Labels, share: float, seed: int) -> Labels:
    """A random part of the labels, the same for every method of a seed."""
    if share == 1:
        return labels
    drawn = np.random.default_rng([seed, 4]).permutation(len(labels))[: round(share * len(labels))]
    return labels.where(np.sort(drawn))


def compared_plans(labels: Labels, n: int | None) -> dict[str, Draw]:
    """As many labels of each plan, n or as many as the rarest has, by what they are called.

    Active labels come after others and would be nothing without them: half are theirs, the first ones, since later
    rounds knew more labels, and half of each other plan. Raises `InputError` where there are no two plans of enough
    labels.
    """
    counts = {plan: count for plan, count in labels.plan_counts.items() if plan != UNRECORDED}
    active = counts.pop(ACTIVE, 0)
    n = n or min([*counts.values(), *([2 * active] if active else [])], default=0)
    plans = sorted((plan for plan in counts if counts[plan] >= n), key=lambda plan: plan != UNIFORM)
    parts = [{plan: n} for plan in plans]
    if active >= n // 2:
        parts += [{ACTIVE: n // 2, plan: n - n // 2} for plan in plans]
    if n < LEAST_LABELS or len(parts) < 2:
        raise InputError(
            f"labels by plan: {labels.plan_counts}; expected two plans of at least {max(n, LEAST_LABELS)} to compare: "
            f"label with --plan uniform, bands or active, or leave --plans out"
        )
    return {" + ".join(f"{m} {plan}" for plan, m in part.items()): partial(_drawn, labels, part) for part in parts}


def _drawn(labels: Labels, part: dict[str, int], seed: int) -> Labels:
    rng, rows = np.random.default_rng([seed, 5]), []
    for plan, count in part.items():
        of_plan = np.flatnonzero(labels.plans == plan)
        rows.append(of_plan[:count] if plan == ACTIVE else rng.permutation(of_plan)[:count])
    return labels.where(np.sort(np.concatenate(rows)))
