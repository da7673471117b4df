"""From a comparator and a device profile to the most accurate subnet within the limits."""

from facefit.search.counting import WithinLimit
from facefit.search.evolution import EvolutionSettings
from facefit.search.exact import best_of_chain, front_of_chain
from facefit.search.file_size import size_limit
from facefit.search.limited_front import front_within
from facefit.search.limits import Limit, fastest_subnet, latency_limits, mac_limit, parameter_limit
from facefit.search.quickselect import top_k
from facefit.search.result import Finalist, LimitedFront, MeasuredAccuracy, SearchResult, pareto_front
from facefit.search.search import LatencySource, search

__all__ = [
    "EvolutionSettings",
    "Finalist",
    "LatencySource",
    "Limit",
    "LimitedFront",
    "MeasuredAccuracy",
    "SearchResult",
    "WithinLimit",
    "best_of_chain",
    "fastest_subnet",
    "front_of_chain",
    "front_within",
    "latency_limits",
    "mac_limit",
    "parameter_limit",
    "pareto_front",
    "search",
    "size_limit",
    "top_k",
]
