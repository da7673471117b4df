"""Which subnets say what thresholds the others want: such as a fit hands over, and poor ones for comparison."""

from __future__ import annotations

import numpy as np

from facefit.labels.plan import distinct, smallest_and_largest
from facefit.labels.store import Labels
from facefit.space.costs import additive_cost, additive_table
from facefit.space.population import Genes, encode, sample


def asked_subnets(labels: Labels, n: int, rng: np.random.Generator) -> Genes:
    """n different subnets of the labels' space, the largest first.

    Both ends of the space; of the labelled ones half the most accurate for their multiply-accumulates, as a fit chooses
    its own, and half spread evenly over accuracy; random ones where those are too few.
    """
    space, half = labels.space, n // 2
    ends, largest = smallest_and_largest(space), encode(space, [space.largest])
    first = np.concatenate([ends, _best_for_their_size(labels, half), _spread(labels, max(n - half - len(ends), 0))])
    found = distinct(space, n, rng, lambda m: sample(space, m, rng), _different(first)[:n])
    others = found[(found != largest).any(axis=1)]
    return np.concatenate([largest, others])[:n]


def _different(genes: Genes) -> Genes:
    """Each row once, where it comes first."""
    return genes[np.sort(np.unique(genes, axis=0, return_index=True)[1])]


def _best_for_their_size(labels: Labels, n: int) -> Genes:
    """The most accurate of each of n bands of multiply-accumulates that hold as many labels each."""
    macs = additive_cost(labels.genes, additive_table(labels.space, lambda layer: layer.macs))
    bands = np.array_split(np.argsort(macs, kind="stable"), max(n, 1))
    best = [band[labels.right[band].argmax()] for band in bands if len(band)]
    return labels.genes[best[:n]]


def _spread(labels: Labels, n: int) -> Genes:
    by_accuracy = np.argsort(labels.right, kind="stable")
    return labels.genes[by_accuracy[np.linspace(0, len(labels) - 1, n).astype(np.intp)]]
