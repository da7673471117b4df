"""The exact optimum of a value that adds up along the chain of blocks, by dynamic programming over the cost so far.

No evolution is needed for such a value, and evolution is measured against it where one is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facefit.comparator import Chain
from facefit.errors import LimitError
from facefit.search.grid import CostGrid
from facefit.search.limits import Limit
from facefit.search.result import pareto_front
from facefit.space import SearchSpace
from facefit.space.costs import LargestSum, Table, additive_cost
from facefit.space.population import Genes

Values = NDArray[np.float64]


def best_of_chain(space: SearchSpace, chain: Chain, limit: Limit, bins: int = 4096) -> Genes:
    """The row of genes, (1, 1 + positions), of greatest value within the limit, its costs rounded up to a grid.

    The result never exceeds the limit; no subnet that leaves `positions` steps of the grid free is better.
    Raises `LimitError` if the grid leaves nothing.
    """
    grid = CostGrid(space, limit, bins)
    programs = [Program(space, chain, grid.steps[r], int(r), bins) for r in np.flatnonzero(grid.fits)]
    if not programs:
        raise LimitError(f"{limit.name} limit is {limit.told()}: no subnet keeps it; allow more")
    best = max(programs, key=lambda program: program.value[bins])
    return best.genes(np.array([bins]))


def front_of_chain(space: SearchSpace, chain: Chain, cost: LargestSum, bins: int = 4096) -> Genes:
    """The Pareto front of cost and value over the whole space, cheapest first: genes (m, 1 + positions).

    One program a resolution gives the best value for every cost at once. Exact up to the grid, as `best_of_chain` is,
    for a cost of one sum. Of several each has its front, and what is left is the front of their subnets: exact where
    the sum that counts is the greatest for its own subnet, else a subnet at hand that is nearly as good.
    """
    rows = np.concatenate([Programs(space, chain, table, bins).genes() for table in cost.sums])
    genes = np.unique(rows, axis=0)
    return genes[pareto_front(cost.of(genes), chain.value(genes))]


class Programs:
    """The best subnets for every value of one sum over layers: a program for each resolution."""

    def __init__(self, space: SearchSpace, chain: Chain, table: Table, bins: int) -> None:
        self._chain, self._table, self._bins = chain, table, bins
        self._grid = CostGrid(space, Limit("cost", "", table, greatest(table)), bins)
        self._programs = [Program(space, chain, steps, r, bins) for r, steps in enumerate(self._grid.steps)]

    def genes(self) -> Genes:
        """Where the value rises, cheapest first in each resolution."""
        return np.concatenate([program.genes(program.steps_up()) for program in self._programs])

    def unbeaten(self, genes: Genes) -> NDArray[np.bool_]:
        """Which rows are worth as much as any subnet of at most their sum, of whatever resolution, up to the grid."""
        worth = self._chain.value(genes)
        best = self._within(additive_cost(genes, self._table))[0].max(axis=0)
        unbeaten: NDArray[np.bool_] = worth >= best - 1e-9 * np.abs(worth)
        return unbeaten

    def bound(self, costs: Values) -> Values:
        """No subnet of at most such a sum is worth more, (n,); -inf where there is none.

        A step for each position is added: by so much the grid may have rounded up.
        """
        best: Values = self._within(costs, self._grid.steps.shape[1])[0].max(axis=0)
        return best

    def _within(self, costs: Values, spare: int = 0) -> tuple[Values, NDArray[np.int64]]:
        """The best value of each resolution within such sums, -inf where there is none, and the steps of the grid that
        give it, `spare` ones added; both (resolutions, n)."""
        base, step = self._grid.base[:, None], self._grid.step[:, None]
        room = np.maximum(costs - base, 0)
        steps = np.divide(room, step, out=np.full(room.shape, float(self._bins)), where=step > 0)
        left = np.minimum(steps + spare, self._bins).astype(np.int64)
        values = np.array([program.value[at] for program, at in zip(self._programs, left, strict=True)])
        return np.where(costs >= base - 1e-9 * np.abs(base), values, -np.inf), left


def greatest(table: Table) -> float:
    """At least the largest sum that any subnet has."""
    fixed, blocks = table
    return float((fixed + blocks.max(axis=2).sum(axis=1)).max())


class Program:
    """The best subnets of one resolution: `value[left]` is the greatest that `left` steps of the grid allow."""

    def __init__(self, space: SearchSpace, chain: Chain, steps: NDArray[np.int64], resolution: int, bins: int) -> None:
        states = 1 + len(space.choices)
        rest = np.zeros((states, bins + 1))  # best value of what follows, by the state just passed and the steps left
        self._choice = np.zeros((space.positions, states, bins + 1), np.uint8)
        self.steps, self._resolution = steps, resolution
        for p in reversed(range(space.positions)):
            taken = np.stack([_after(rest[s], 0 if s == 0 else int(steps[p, s - 1])) for s in range(states)])
            taken += chain.states[resolution, p][:, None]
            before = np.empty_like(rest)
            for s in range(states):
                options = taken + (chain.crosses[p - 1, s][:, None] if p else 0.0)
                options[~_allowed(space, p, s)] = -np.inf
                self._choice[p, s] = options.argmax(axis=0)
                before[s] = options.max(axis=0)
            rest = before
        self.value: Values = chain.fixed[resolution] + rest[0]

    def genes(self, left: NDArray[np.intp]) -> Genes:
        """The rows of genes that so many steps allow, `left` (n,)."""
        rows = np.full((len(left), 1 + len(self.steps)), self._resolution, np.uint8)
        state = np.zeros(len(left), np.intp)
        for p, steps in enumerate(self.steps):
            state = self._choice[p, state, left].astype(np.intp)
            left = left - np.where(state > 0, steps[state - 1], 0)
            rows[:, 1 + p] = state
        return rows

    def steps_up(self) -> NDArray[np.intp]:
        """Steps left at which the value rises."""
        return np.flatnonzero(np.diff(self.value, prepend=-np.inf) > 0)


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
