"""What else can rank subnets: models that predict an accuracy, and how they act as a comparator."""

from __future__ import annotations

from copy import copy
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from facefit.comparator.quality import PreferPairs
from facefit.space import SearchSpace
from facefit.space.population import Genes, keys


class Preference(Protocol):
    """Anything that the search can ask which of two subnets is more accurate."""

    space: SearchSpace

    def among(self, genes: Genes) -> PreferPairs:
        """From indices a, b into these subnets to the probability that a[i] is more accurate than b[i], float64 (n,).

        That of b[i] is 1 minus it, except where a comparator says that it contradicts itself. What can be known of each
        subnet alone is worked out once, however many others it is compared with.
        """
        ...

    def prefer(self, a: Genes, b: Genes) -> NDArray[np.float64]:
        """Probability that a[i] is more accurate than b[i], float64 (n,)."""
        place = np.arange(len(a))
        return self.among(np.concatenate([a, b]))(place, len(a) + place)


class AccuracySurrogate(Protocol):
    """Anything that predicts the accuracy of a subnet, in the unit of its labels."""

    @property
    def space(self) -> SearchSpace: ...

    @property
    def rmse(self) -> float:
        """Root mean squared error on subnets held out of the fit, label noise included."""
        ...

    def predict_accuracy(self, genes: Genes) -> NDArray[np.float64]:
        """Predicted accuracy, float64 (n,)."""
        ...


class RememberedAccuracy:
    """A surrogate that predicts each subnet once: a search asks for the same ones over and over."""

    def __init__(self, surrogate: AccuracySurrogate) -> None:
        self.space, self.rmse = surrogate.space, surrogate.rmse
        self._surrogate = surrogate
        self._known: dict[bytes, float] = {}

    def predict_accuracy(self, genes: Genes) -> NDArray[np.float64]:
        asked = keys(genes)
        new = {key: i for i, key in enumerate(asked) if key not in self._known}
        if new:
            predicted = self._surrogate.predict_accuracy(genes[list(new.values())])
            self._known.update(zip(new, predicted.tolist(), strict=True))
        return np.array([self._known[key] for key in asked], np.float64)


class ByAccuracy(Preference):
    """A comparator made of an accuracy surrogate whose errors are taken as independent and normal-like."""

    def __init__(self, surrogate: AccuracySurrogate) -> None:
        self.space = surrogate.space
        self.surrogate: AccuracySurrogate = surrogate

    def remembering(self) -> Self:
        """The same for one search, where each subnet is predicted once."""
        same = copy(self)
        same.surrogate = RememberedAccuracy(self.surrogate)
        return same

    def among(self, genes: Genes) -> PreferPairs:
        accuracy = self.surrogate.predict_accuracy(genes)
        error = max(self.surrogate.rmse, np.finfo(float).tiny)
        return lambda a, b: probability((accuracy[a] - accuracy[b]) / error)


def probability(margin: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logistic function, (n,), of which probability(-m) == 1 - probability(m) exactly."""
    # The larger of the two probabilities is computed and the other is 1 minus it: exact in floating point.
    winner: NDArray[np.float64] = 1 / (1 + np.exp(-np.abs(margin)))
    return np.where(margin >= 0, winner, 1 - winner)
