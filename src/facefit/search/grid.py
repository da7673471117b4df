"""Costs of blocks as whole steps of the room that a limit leaves, for dynamic programming."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facefit.search.limits import Limit
from facefit.space import SearchSpace


class CostGrid:
    """Costs above the cheapest subnet of each resolution, rounded up to `bins` steps of what the limit allows.

    `steps` (resolutions, positions, choices) are the steps that each choice takes, bins + 1 where it does not fit;
    a subnet whose steps sum to at most `bins` keeps the limit. `fits` (resolutions,) says where any subnet does.
    `base` (resolutions,) is the cost at no step at all, `step` (resolutions,) that of one step.
    """

    def __init__(self, space: SearchSpace, limit: Limit, bins: int) -> None:
        fixed, blocks = limit.table
        # The cheapest choice of a block that every subnet has is part of the fixed cost: it must round to 0 steps.
        needed = np.arange(space.positions) % space.max_depth < space.depths[0]
        floor = np.where(needed, blocks[:, :, 1:].min(axis=2), 0.0)
        extra = blocks[:, :, 1:] - floor[:, :, None]
        self.base: NDArray[np.float64] = fixed + floor.sum(axis=1)
        room = limit.maximum - self.base
        self.fits: NDArray[np.bool_] = room >= 0
        # No more room than the dearest subnet takes, roundings included, so that a loose limit misses nothing.
        room = np.minimum(room, extra.max(axis=2).sum(axis=1) * bins / (bins - space.positions))
        # Sums of doubles are uncertain in their last digits: leave those out.
        doubt = 1e-12 * limit.maximum if np.isfinite(limit.maximum) else 0.0
        self.step: NDArray[np.float64] = np.maximum(room - doubt, 0.0) / bins
        step = self.step[:, None, None]
        unfit = np.where(extra > 0, np.inf, 0.0)
        exact = np.divide(extra, step, out=unfit, where=np.broadcast_to(step, extra.shape) > 0)
        self.steps: NDArray[np.int64] = np.ceil(np.minimum(exact, bins + 1)).astype(np.int64)
