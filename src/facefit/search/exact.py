"""The exact optimum of a value that adds up along the chain of blocks, within one limit, by dynamic programming.

No evolution is needed for such a value, and evolution is measured against it where one is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facefit.comparator import Chain
from facefit.errors import LimitError
from facefit.search.grid import CostGrid
from facefit.search.limits import Limit
from facefit.space import SearchSpace
from facefit.space.population import Genes

Values = NDArray[np.float64]


def best_of_chain(space: SearchSpace, chain: Chain, limit: Limit, bins: int = 4096) -> Genes:
    """The row of genes, (1, 1 + positions), of greatest value within the limit, its costs rounded up to a grid.

    The result never exceeds the limit; no subnet that leaves `positions` steps of the grid free is better.
    Raises `LimitError` if the grid leaves nothing.
    """
    grid = CostGrid(space, limit, bins)
    best_value, best = -np.inf, None
    for r in np.flatnonzero(grid.fits):
        value, blocks = _best_blocks(space, chain, grid.steps[r], bins)
        if chain.fixed[r] + value > best_value:
            best_value, best = chain.fixed[r] + value, [r, *blocks]
    if best is None:
        raise LimitError(f"{limit.name} limit is {limit.maximum:.6g} {limit.unit}: no subnet keeps it; allow more")
    return np.array([best], np.uint8)


def _best_blocks(space: SearchSpace, chain: Chain, steps: NDArray[np.int64], bins: int) -> tuple[float, list[int]]:
    """Value and blocks of the best subnet of one resolution."""
    states = 1 + len(space.choices)
    rest = np.zeros((states, bins + 1))  # best value of what follows, by the state just passed and the steps left
    choice = np.zeros((space.positions, states, bins + 1), np.uint8)
    for p in reversed(range(space.positions)):
        taken = np.stack([_after(rest[s], 0 if s == 0 else int(steps[p, s - 1])) for s in range(states)])
        taken += chain.states[p][:, None]
        before = np.empty_like(rest)
        for s in range(states):
            options = taken + (chain.crosses[p - 1, s][:, None] if p else 0.0)
            options[~_allowed(space, p, s)] = -np.inf
            choice[p, s] = options.argmax(axis=0)
            before[s] = options.max(axis=0)
        rest = before
    value, blocks, left, state = float(rest[0, bins]), [], bins, 0
    for p in range(space.positions):
        state = int(choice[p, state, left])
        left -= int(steps[p, state - 1]) if state else 0
        blocks.append(state)
    return value, blocks


def _after(rest: Values, cost: int) -> Values:
    """Value of what follows once `cost` steps are spent, by the steps left before."""
    moved = np.full_like(rest, -np.inf)
    if cost < len(rest):
        moved[cost:] = rest[: len(rest) - cost]
    return moved


def _allowed(space: SearchSpace, p: int, before: int) -> NDArray[np.bool_]:
    """Which states may follow the state `before` at position p, (1 + choices,)."""
    done = p % space.max_depth
    allowed = np.full(1 + len(space.choices), done == 0 or before > 0)
    allowed[0] = done > 0 and (before == 0 or done in space.depths)
    return allowed
