"""The best k of a population by comparisons only, many at a time.

QuickSelect (Hoare 1961), as in the paper's search (section 3): the population is parted against one pivot, and only
the part that holds the k-th best is parted again; one part is one batched call to the comparator.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from facefit.comparator.quality import PreferPairs
from facefit.comparator.splits import Indices
from facefit.space.population import Genes, distinct

Among = Callable[[Genes], PreferPairs]
"""See `Preference.among`."""


def top_k(genes: Genes, k: int, among: Among, rng: np.random.Generator) -> Indices:
    """Indices of the k best distinct rows, in no particular order; fewer if there are fewer distinct rows.

    Each comparison settles its pivot, so the selection ends even if the comparator is not transitive.
    Rows that the comparator cannot tell from the pivot are settled with it.
    """
    return _best_of(distinct(genes), k, among(genes), rng)


def _best_of(candidates: Indices, k: int, prefer: PreferPairs, rng: np.random.Generator) -> Indices:
    """The k best of some rows, by their indices."""
    chosen: list[Indices] = []
    while k > 0 and len(candidates) > k:
        at = rng.integers(len(candidates))
        pivot, rest = candidates[at], np.delete(candidates, at)
        preference = prefer(rest, np.full(len(rest), pivot))
        better, worse = rest[preference > 0.5], rest[preference < 0.5]
        if len(better) >= k:
            candidates = better
            continue
        equal = np.concatenate([[pivot], rng.permutation(rest[preference == 0.5])])
        chosen += [better, equal[: k - len(better)]]
        k -= len(better) + len(chosen[-1])
        candidates = worse
    return np.concatenate([*chosen, candidates[:k]]).astype(np.intp)


def best_of(genes: Genes, n: int, among: Among, rng: np.random.Generator) -> Genes:
    """The n best distinct rows themselves, see `top_k`."""
    return genes[top_k(genes, n, among, rng)]


def best_of_each_resolution(genes: Genes, n: int, among: Among, rng: np.random.Generator) -> Genes:
    """The best distinct rows of each resolution, as many of each, n in all: one with fewer rows than its share gives
    all it has, and leaves the rest of its share to the others."""
    candidates = distinct(genes)
    resolution = genes[candidates, 0]
    resolutions, sizes = np.unique(resolution, return_counts=True)
    if n < len(resolutions):
        return best_of(genes, n, among, rng)
    prefer, chosen, left = among(genes), [], n
    for i, smallest_first in enumerate(np.argsort(sizes, kind="stable")):
        of_one = candidates[resolution == resolutions[smallest_first]]
        share = min(left // (len(resolutions) - i), len(of_one))
        chosen.append(_best_of(of_one, share, prefer, rng))
        left -= share
    best: Genes = genes[np.concatenate(chosen)]
    return best


def ranked(genes: Genes, among: Among) -> Indices:
    """Indices of all rows, best first, by mean probability to win against the others (n (n - 1) / 2 comparisons)."""
    n = len(genes)
    a, b = np.triu_indices(n, 1)
    preference = among(genes)(a, b)
    wins = np.zeros(n)
    np.add.at(wins, a, preference)
    np.add.at(wins, b, 1 - preference)
    return np.argsort(-wins, kind="stable")
