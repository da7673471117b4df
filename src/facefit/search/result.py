"""What a search gives back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facefit.space import Subnet
from facefit.space.population import Genes

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MeasuredAccuracy:
    """Right answers to the `n` questions of a search split, whose protocol is named.

    Where it asks all of them several times, as it asks for people in another gallery each time, `right` is the mean
    over the times: photos do not become more by it.
    """

    right: float
    n: int
    protocol: str

    @property
    def value(self) -> float:
        """Accuracy in 0..1."""
        return self.right / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval (Wilson) for the choice of photos; the best of several finalists is flattered by its choice."""
        from facefit.evaluation.intervals import wilson_interval  # its room loads what reads photos

        return wilson_interval(self.right, self.n)


@dataclass(frozen=True)
class Finalist:
    """One of the best subnets found; its accuracy is None without a surrogate, or where nobody measured it."""

    subnet: Subnet
    genes: Genes
    predicted_ms: float
    predicted_accuracy: float | None
    measured: MeasuredAccuracy | None = None


@dataclass(frozen=True)
class SearchResult:
    """The chosen subnet first among the finalists, and everything that was searched, for the report.

    Finalists stand in the order of the comparator, or of their measured accuracy once they have one.

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
    def accuracy_interval(self) -> tuple[float, float] | None:
        """95 % interval of the chosen one's accuracy: of the photos where it was measured, else of the surrogate."""
        chosen = self.finalists[0]
        if chosen.measured:
            return chosen.measured.interval
        if chosen.predicted_accuracy is None or self.accuracy_rmse is None:
            return None
        half = 1.96 * self.accuracy_rmse
        return chosen.predicted_accuracy - half, chosen.predicted_accuracy + half

    @property
    def predicted_accuracy(self) -> float | None:
        """Accuracy of the chosen subnet by the surrogate, in the unit of its labels."""
        return self.finalists[0].predicted_accuracy


@dataclass(frozen=True)
class LimitedFront:
    """Subnets within all limits, cheapest first, as genes (m, 1 + positions).

    `missed` (m,): no subnet within the limits, and of at most its cost, is worth more than each one by more than so
    much; 0 where it is the best. `stopped_early` after Ctrl-C: there may be fewer
    of them, and more may be missed, as they say.
    """

    genes: Genes
    missed: Values
    stopped_early: bool = False


def pareto_front(cost: Values, value: Values) -> NDArray[np.intp]:
    """Indices of the points that no other point beats at lower or equal cost, in order of rising cost."""
    order = np.lexsort((-value, cost))
    best_before = np.concatenate([[-np.inf], np.maximum.accumulate(value[order])[:-1]])
    return order[value[order] > best_before]
