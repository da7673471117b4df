"""The best k of a population by comparisons only, many at a time.

QuickSelect (Hoare 1961), as in the paper's search (section 3): the population is parted against one pivot, and only
the part that holds the k-th best is parted again; one part is one batched call to the comparator.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from facefit.space.population import Genes, distinct

Prefer = Callable[[Genes, Genes], NDArray[np.float64]]
Indices = NDArray[np.intp]


def top_k(genes: Genes, k: int, prefer: Prefer, rng: np.random.Generator) -> Indices:
    """Indices of the k best distinct rows, in no particular order; fewer if there are fewer distinct rows.

    Each call of `prefer` settles its pivot, so the selection ends even if the comparator is not transitive.
    Rows that the comparator cannot tell from the pivot are settled with it.
    """
    candidates = distinct(genes)
    chosen: list[Indices] = []
    while k > 0 and len(candidates) > k:
        at = rng.integers(len(candidates))
        pivot, rest = candidates[at], np.delete(candidates, at)
        preference = prefer(genes[rest], np.broadcast_to(genes[pivot], (len(rest), genes.shape[1])))
        better, worse = rest[preference > 0.5], rest[preference < 0.5]
        if len(better) >= k:
            candidates = better
            continue
        equal = np.concatenate([[pivot], rng.permutation(rest[preference == 0.5])])
        chosen += [better, equal[: k - len(better)]]
        k -= len(better) + len(chosen[-1])
        candidates = worse
    return np.concatenate([*chosen, candidates[:k]]).astype(np.intp)


def best_of(genes: Genes, n: int, prefer: Prefer, rng: np.random.Generator) -> Genes:
    """The n best distinct rows themselves, see `top_k`."""
    return genes[top_k(genes, n, prefer, rng)]


def best_of_each_resolution(genes: Genes, n: int, prefer: Prefer, rng: np.random.Generator) -> Genes:
    """The best distinct rows of each resolution, as many of each, n in all: one with fewer rows than its share gives
    all it has, and leaves the rest of its share to the others."""
    resolutions, sizes = np.unique(genes[:, 0], return_counts=True)
    if n < len(resolutions):
        return best_of(genes, n, prefer, rng)
    chosen: list[Genes] = []
    left = n
    for i, smallest_first in enumerate(np.argsort(sizes, kind="stable")):
        of_one = genes[genes[:, 0] == resolutions[smallest_first]]
        share = min(left // (len(resolutions) - i), len(of_one))
        chosen.append(best_of(of_one, share, prefer, rng))
        left -= share
    return np.concatenate(chosen)


def ranked(genes: Genes, prefer: Prefer) -> Indices:
    """Indices of all rows, best first, by mean probability to win against the others (n (n - 1) / 2 comparisons)."""
    n = len(genes)
    a, b = np.triu_indices(n, 1)
    preference = prefer(genes[a], genes[b])
    wins = np.zeros(n)
    np.add.at(wins, a, preference)
    np.add.at(wins, b, 1 - preference)
    return np.argsort(-wins, kind="stable")
