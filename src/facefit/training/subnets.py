"""Which subnets learn in a step."""

from __future__ import annotations

import numpy as np

from facefit.space import Block, SearchSpace, Subnet
from facefit.space.population import decode, sample
from facefit.training.recipe import Phase


def largest_at(space: SearchSpace, resolution: int) -> Subnet:
    return Subnet(space.largest.groups, resolution)


def students(space: SearchSpace, phase: Phase, rng: np.random.Generator) -> list[Subnet]:
    """The smallest subnet, if the phase wants it, and random ones, each at one of the phase's resolutions."""
    chosen = [Subnet(space.smallest.groups, phase.resolutions[0])] if phase.smallest else []
    for subnet in decode(space, sample(space, phase.random, rng)):
        groups = subnet.groups
        if not phase.random_depth:
            groups = _random_groups(space, rng)
        if not phase.random_expand:
            groups = tuple(tuple(Block(b.kernel, space.expands[-1]) for b in group) for group in groups)
        chosen.append(Subnet(groups, int(rng.choice(phase.resolutions))))
    return chosen


def ends(space: SearchSpace, phase: Phase) -> dict[str, Subnet]:
    """The largest and the smallest subnet that learn in a phase: others tell little of how it goes."""
    narrow = space.smallest.groups[0][0]
    block = Block(narrow.kernel, narrow.expand if phase.random_expand else space.expands[-1])
    depth = space.depths[0] if phase.random_depth else space.max_depth
    smallest = space.smallest.groups if phase.smallest else ((block,) * depth,) * len(space.groups)
    return {
        "largest": largest_at(space, phase.resolutions[-1]),
        "smallest": Subnet(smallest, phase.resolutions[0]),
    }


def _random_groups(space: SearchSpace, rng: np.random.Generator) -> tuple[tuple[Block, ...], ...]:
    """Random blocks at full depth."""
    drawn = rng.integers(len(space.choices), size=(len(space.groups), space.max_depth))
    return tuple(tuple(space.choices[c] for c in group) for group in drawn)
