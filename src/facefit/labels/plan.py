"""Which subnets to label: depths and choices drawn evenly, or more subnets towards the ends of the space."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.space import SearchSpace
from facefit.space.population import Genes, cross_over, encode, sample

Draw = Callable[[int], Genes]

GRADES = 4

BRANCHING = (2, 2, 4)
"""How often a tree branches before its third, fourth and last group: up to there its subnets share all layers."""


def uniform_labels(space: SearchSpace, n: int, rng: np.random.Generator) -> Genes:
    """n different random subnets, independent of each other; every depth of a group is as likely, and every choice."""
    nothing = np.zeros((0, 1 + space.positions), np.uint8)
    return distinct(space, n, rng, lambda m: sample(space, m, rng), nothing)


def graded_labels(space: SearchSpace, n: int, rng: np.random.Generator) -> Genes:
    """n different subnets from almost the smallest over uniform ones to almost the largest, in trees that share their
    first groups; the smallest and the largest of each resolution are among them.

    Uniform subnets are rare near both ends, where limits lie and where the sandwich rule trains most, so every tree is
    crossed with the smallest or the largest subnet no time or up to `GRADES - 1` times. Sharing makes labelling
    several times faster; subnets of one tree are not independent of each other.
    """
    ends = _ends(space)

    def grow(m: int) -> Genes:
        roots = -(-m // int(np.prod(BRANCHING)))
        grades, end = rng.integers(GRADES, size=roots), rng.integers(2, size=roots)
        grown = _toward(space, sample(space, roots, rng), ends[end], grades, rng)
        for group, children in branches(space, BRANCHING):
            grown = np.repeat(grown, children, axis=0)
            grades, end = np.repeat(grades, children), np.repeat(end, children)
            fresh = _toward(space, sample(space, len(grown), rng), ends[end], grades, rng)
            column = 1 + group * space.max_depth
            grown[:, column:] = fresh[:, column:]
        return rng.permutation(grown)[:m]

    return distinct(space, n, rng, grow, smallest_and_largest(space))


def branches(space: SearchSpace, branching: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The groups before which a tree branches, the last ones, and into how many; with few groups more than once before
    the first."""
    for level, children in enumerate(branching):
        yield max(len(space.groups) - len(branching) + level, 0), children


def smallest_and_largest(space: SearchSpace) -> Genes:
    """The smallest and the largest subnet at each resolution."""
    rows = np.repeat(_ends(space), len(space.resolutions), axis=0)
    rows[:, 0] = np.tile(np.arange(len(space.resolutions)), 2)
    return rows


def _ends(space: SearchSpace) -> Genes:
    """The smallest and the largest subnet."""
    return encode(space, [space.smallest, space.largest])


def _toward(space: SearchSpace, genes: Genes, ends: Genes, times: NDArray[np.int64], rng: np.random.Generator) -> Genes:
    """Each row crossed so many times with its end, at the row's resolution."""
    ends = ends.copy()
    ends[:, 0] = genes[:, 0]
    for time in range(1, int(times.max(initial=0)) + 1):
        crossed = cross_over(space, genes, ends, rng)
        genes = np.where((times >= time)[:, None], crossed, genes)
    return genes


def distinct(space: SearchSpace, n: int, rng: np.random.Generator, draw: Draw, first: Genes) -> Genes:
    """Those of `first`, and drawn ones until there are n."""
    found = np.unique(first[:n], axis=0)
    for _ in range(100):
        found = np.unique(np.concatenate([found, draw(n - len(found))]), axis=0)
        if len(found) == n:
            return rng.permutation(found)
    raise InputError(f"{n} different subnets wanted, the space {space.name} gave {len(found)}; ask for fewer")
