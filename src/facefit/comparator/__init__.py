"""Which subnet is more accurate, and how accurate: models learnt from labelled subnets."""

from facefit.comparator.boosting import BoostingSurrogate
from facefit.comparator.choice import Rankings, Surrogate, fit_rankings, fit_surrogate, load_surrogate
from facefit.comparator.comparator import Comparator
from facefit.comparator.concatenating import ConcatenatingComparator
from facefit.comparator.pairs import ComparatorQuality
from facefit.comparator.quality import kendall_tau, pair_accuracy
from facefit.comparator.ridge import Chain, RidgeSurrogate
from facefit.comparator.surrogate import AccuracySurrogate, ByAccuracy, Preference
from facefit.comparator.trees import TreeSettings

__all__ = [
    "AccuracySurrogate",
    "BoostingSurrogate",
    "ByAccuracy",
    "Chain",
    "Comparator",
    "ComparatorQuality",
    "ConcatenatingComparator",
    "Preference",
    "Rankings",
    "RidgeSurrogate",
    "Surrogate",
    "TreeSettings",
    "fit_rankings",
    "fit_surrogate",
    "kendall_tau",
    "load_surrogate",
    "pair_accuracy",
]
