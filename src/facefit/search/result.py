"""What a search gives back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facefit.space import Subnet
from facefit.space.population import Genes

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Finalist:
    """One of the best subnets found; its accuracy is None without a surrogate."""

    subnet: Subnet
    genes: Genes
    predicted_ms: float
    predicted_accuracy: float | None


@dataclass(frozen=True)
class SearchResult:
    """The chosen subnet first among the finalists, and everything that was searched, for the report.

    `searched` are genes (n, 1 + positions) in the order in which they were met, `searched_ms` and, with a surrogate,
    `searched_accuracy` belong to its rows, and `front` are the rows on its Pareto front, fastest first. `searched`
    stays within the limits. `accuracy_rmse` is the surrogate's error on held-out subnets; the chosen one is
    likely to be overestimated, since it was chosen for its prediction. `seconds` is the time of the search.
    """

    finalists: tuple[Finalist, ...]
    limit_ms: float | None
    seconds: float
    generations: int
    stopped_early: bool
    comparisons: int
    searched: Genes
    searched_ms: Values
    searched_accuracy: Values | None
    accuracy_rmse: float | None
    front: NDArray[np.intp]

    @property
    def subnet(self) -> Subnet:
        """The chosen subnet."""
        return self.finalists[0].subnet

    @property
    def genes(self) -> Genes:
        """Genes of the chosen subnet, (1 + positions,)."""
        return self.finalists[0].genes

    @property
    def predicted_ms(self) -> float:
        """Latency of the chosen subnet by the profile, ms."""
        return self.finalists[0].predicted_ms

    @property
    def predicted_accuracy(self) -> float | None:
        """Accuracy of the chosen subnet by the surrogate, in the unit of its labels."""
        return self.finalists[0].predicted_accuracy


def pareto_front(cost: Values, value: Values) -> NDArray[np.intp]:
    """Indices of the points that no other point beats at lower or equal cost, in order of rising cost."""
    order = np.lexsort((-value, cost))
    best_before = np.concatenate([[-np.inf], np.maximum.accumulate(value[order])[:-1]])
    return order[value[order] > best_before]
