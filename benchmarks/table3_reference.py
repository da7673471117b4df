"""The long searches that regret is told against."""

from __future__ import annotations

import numpy as np
from table3_methods import AsProfile, learnt_from

from facefit.comparator import BoostingSurrogate, ByAccuracy, RidgeSurrogate
from facefit.labels.store import Labels
from facefit.search import EvolutionSettings, search
from facefit.space.costs import LargestSum
from facefit.space.population import Genes

LONG = EvolutionSettings(population=2048, parents=512, generations=200)


def long_search(labels: Labels, latency: LargestSum, limit_ms: float, seed: int, finalists: int) -> Genes:
    """Candidates for the best there is: finalists of long searches by two surrogates, and the best labels within."""
    rng, rows = np.random.default_rng(seed), []
    for surrogate in (BoostingSurrogate.fit(*learnt_from(labels), rng), RidgeSurrogate.fit(*learnt_from(labels), rng)):
        preference = ByAccuracy(surrogate)
        found = search(
            labels.space, preference, AsProfile(latency), limit_ms, seed=seed, settings=LONG, finalists=finalists
        )
        rows += [finalist.genes for finalist in found.finalists]
    in_time = labels.where(latency.of(labels.genes) <= limit_ms)
    best = np.argsort(-in_time.right, kind="stable")[:finalists]
    return np.unique(np.concatenate([np.stack(rows), in_time.genes[best]]), axis=0)
