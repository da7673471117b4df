"""Labels where they decide: in rounds, what the search proposes by the labels so far, for a ladder of limits.

A surrogate is least sure of the subnets that it praises most, since they were chosen for its prediction. Labelling
those corrects it where it matters. Each limit has a surrogate of its own, fitted on a random part of the labels, so
that proposals differ where the labels do not decide (as with Thompson sampling).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from facefit.comparator import AccuracySurrogate, ByAccuracy, fit_surrogate
from facefit.labels.bands import Edges, banded_labels
from facefit.labels.rounds import Round
from facefit.labels.store import Labels
from facefit.search import EvolutionSettings, Limit, latency_limits
from facefit.search.evolution import evolve
from facefit.space.costs import LargestSum
from facefit.space.population import Genes, keys

LEAST_LABELS = 200
"""Fewer labels say too little for a search to be worth it; until then subnets are drawn by band."""
_PART = 0.632
"""Share of the labels that a surrogate learns from: as many different ones as a bootstrap sample holds."""
_SETTINGS = EvolutionSettings(population=256, parents=64, generations=30)


def active_labels(labels: Labels, n: int, rng: np.random.Generator, latency: LargestSum, edges: Edges) -> Round:
    """At most n subnets that have no label yet: what searches within the upper edges of the bands propose.

    Where they find too few, the rest is drawn by band, and called so.
    """
    found = labels.genes[:0]
    for number, limit_ms in enumerate(edges[1:].tolist() if len(labels) >= LEAST_LABELS else ()):
        share = -(-(n - len(found)) // (len(edges) - 1 - number))
        proposed = _proposed(labels, latency_limits(latency, limit_ms), share + len(found), rng)
        known = set(keys(found))
        new = proposed[[key not in known for key in keys(proposed)]]
        found = np.concatenate([found, new[:share]])
    chosen = Round.of("active", found[:n])
    if len(chosen) < n:
        others = labels.missing(banded_labels(labels.space, len(labels) + n, rng, latency, edges))
        chosen = chosen.filled(Round.of("bands", others), n)
    return chosen


def _proposed(labels: Labels, limits: Sequence[Limit], n: int, rng: np.random.Generator) -> Genes:
    """The n best of a search that have no label, best first by predicted accuracy."""
    surrogate = _learnt_from_part(labels, rng)
    among = ByAccuracy(surrogate).remembering().among
    evolved = evolve(labels.space, among, limits, rng, _SETTINGS, finalists=1, should_stop=lambda: False)
    if evolved.stopped_early:  # a search keeps what it has at Ctrl-C; labelling is to end
        raise KeyboardInterrupt
    unlabelled = labels.missing(evolved.searched)
    return unlabelled[np.argsort(-surrogate.predict_accuracy(unlabelled), kind="stable")[:n]]


def _learnt_from_part(labels: Labels, rng: np.random.Generator) -> AccuracySurrogate:
    # Labels stand in the order in which workers were done; what is drawn must not depend on it.
    ordered = np.lexsort(labels.genes.T[::-1])
    drawn = rng.permutation(ordered)[: round(_PART * len(labels))]
    return fit_surrogate(labels.space, labels.genes[drawn], labels.accuracy[drawn], rng)
