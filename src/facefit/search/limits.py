"""Limits that a subnet must keep, the fastest subnet there is, and the refusal of a limit that nothing keeps.

A limit is on a sum over layers (latency out of a lookup table, parameters, MACs), see `costs.additive_table`; so the
least cost is the sum of the least choices, exact and at once. A `LargestSum` is within a limit where each sum is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError, LimitError, at_least
from facefit.space import SearchSpace, Subnet
from facefit.space.costs import LargestSum, Table, additive_cost, additive_table
from facefit.space.population import Genes, decode


@dataclass(frozen=True)
class Limit:
    """An upper limit on an additive cost: its table as (fixed, blocks), and the greatest value allowed.

    Messages tell amounts in `unit`, as its option does; `unit_size` is how much that is in the table.
    """

    name: str
    unit: str
    table: Table
    maximum: float
    unit_size: float = 1.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.table[0]).all() and np.isfinite(self.table[1]).all() and self.table[1].min() >= 0):
            raise InputError(f"{self.name} table: some blocks cost less than 0 or nothing finite; profile again")
        if not self.maximum > 0:
            raise InputError(f"{self.name} limit is {self.told()}, expected more than 0")

    def cost(self, genes: Genes) -> NDArray[np.float64]:
        """Cost of each row, (n,)."""
        return additive_cost(genes, self.table)

    def told(self) -> str:
        """The greatest value allowed, with its unit."""
        return f"{self.maximum / self.unit_size:.6g} {self.unit}".strip()

    def keeps(self, genes: Genes) -> NDArray[np.bool_]:
        """Whether each row stays within the limit, (n,)."""
        return self.cost(genes) <= self.maximum


def latency_limits(latency: LargestSum, maximum_ms: float) -> tuple[Limit, ...]:
    """At most so many milliseconds."""
    return tuple(Limit("latency", "ms", table, maximum_ms) for table in latency.sums)


def parameter_limit(space: SearchSpace, maximum: float) -> Limit:
    """At most so many parameters, classifier not counted."""
    return Limit("parameters", "", additive_table(space, lambda layer: layer.parameters), maximum)


def mac_limit(space: SearchSpace, maximum: float) -> Limit:
    """At most so many multiply-accumulates per image."""
    return Limit("MACs", "", additive_table(space, lambda layer: layer.macs), maximum)


def cheapest(space: SearchSpace, table: Table) -> Genes:
    """The subnet of least cost as one row of genes, (1, 1 + positions): exact, resolution and depths included."""
    fixed, blocks = table
    best = blocks[:, :, 1:].argmin(axis=2).astype(np.uint8) + 1
    least = blocks[:, :, 1:].min(axis=2).reshape(len(fixed), len(space.groups), space.max_depth)
    to_depth = least.cumsum(axis=2)[:, :, np.array(space.depths) - 1]
    depth = np.array(space.depths)[to_depth.argmin(axis=2)]
    active = (np.arange(space.max_depth) < depth[:, :, None]).reshape(best.shape)
    resolution = np.arange(len(fixed))[:, None]
    rows = np.concatenate([resolution, np.where(active, best, 0)], axis=1, dtype=np.uint8, casting="unsafe")
    best_resolution = int(additive_cost(rows, table).argmin())
    return rows[best_resolution : best_resolution + 1]


def fastest_subnet(space: SearchSpace, latency: LargestSum) -> tuple[Subnet, float]:
    """The fastest subnet, and its latency in ms: the best of those at which one of the sums is least."""
    genes = np.concatenate([cheapest(space, table) for table in latency.sums])
    latency_ms = latency.of(genes)
    best = int(latency_ms.argmin())
    return decode(space, genes)[best], float(latency_ms[best])


def check_limits(space: SearchSpace, limits: Sequence[Limit]) -> None:
    """Raises `LimitError` if some limit is below the least that any subnet costs."""
    for limit in limits:
        subnet, least = fastest_subnet(space, LargestSum((limit.table,)))
        if least > limit.maximum:
            best = "fastest" if limit.unit == "ms" else "smallest"
            enough = f"{at_least(least, limit.unit_size)} {limit.unit}".strip()
            raise LimitError(
                f"{limit.name} limit is {limit.told()}, but the {best} subnet there is takes {enough} ({subnet}); "
                f"allow at least that"
            )


def within(limits: Sequence[Limit], genes: Genes) -> NDArray[np.bool_]:
    """Which rows keep all limits, (n,)."""
    kept = np.ones(len(genes), bool)
    for limit in limits:
        kept &= limit.keeps(genes)
    return kept
