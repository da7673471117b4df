"""A round of labelling: which subnets are next, and the plan that drew each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facefit.labels.store import Labels
from facefit.space.population import Genes, distinct, keys


@dataclass(frozen=True, slots=True)
class Round:
    """Subnets to label, `genes` (n, 1 + positions), and the names of the plans that drew them, `plans` (n,)."""

    genes: Genes
    plans: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.genes)

    @classmethod
    def of(cls, plan: str, genes: Genes) -> Self:
        """All drawn by one plan."""
        return cls(genes, np.full(len(genes), plan))

    def filled(self, other: Round, n: int) -> Round:
        """The first n of these and, after them, of those of the other that are not among them."""
        genes, plans = np.concatenate([self.genes, other.genes]), np.concatenate([self.plans, other.plans])
        first = distinct(genes)[:n]
        return Round(genes[first], plans[first])

    def unlabelled(self, labels: Labels) -> Round:
        """Those that have no label yet, in their order."""
        return Round(left := labels.missing(self.genes), self.plans_of(left))

    def plans_of(self, genes: Genes) -> NDArray[np.str_]:
        """The plans that drew some of these subnets, in whatever order."""
        plan_of = dict(zip(keys(self.genes), self.plans.tolist(), strict=True))
        return np.array([plan_of[key] for key in keys(genes)], np.str_)
