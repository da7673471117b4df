"""What training costs, in multiply-accumulates, so that recipes are compared at equal compute, not at equal epochs."""

from __future__ import annotations

import numpy as np

from facefit.space import SearchSpace, Subnet
from facefit.training.recipe import Phase, Recipe
from facefit.training.subnets import largest_at, students

_STEPS = 200
_WITH_GRADIENT, _WITHOUT = 3, 1
"""A backward pass computes two products for each of the forward pass: by the weights, and by the input."""


def macs_of(space: SearchSpace, subnet: Subnet) -> int:
    """Of one image forwards."""
    return sum(layer.macs for layer in space.layers(subnet))


def macs_per_image(space: SearchSpace, phase: Phase, seed: int = 0) -> float:
    """Of one image in a step of the phase, forwards and backwards, over all subnets; the mean over random ones."""
    rng = np.random.default_rng(seed)
    drawn = [subnet for _ in range(_STEPS) for subnet in students(space, phase, rng)]
    total = _WITH_GRADIENT * sum(macs_of(space, subnet) for subnet in drawn) / _STEPS
    times = {"every": _WITH_GRADIENT, "alternate": (_WITH_GRADIENT + _WITHOUT) / 2, "never": 0}[phase.largest]
    return total + times * macs_of(space, largest_at(space, phase.resolutions[-1]))


def training_macs(space: SearchSpace, recipe: Recipe, images: int) -> float:
    """Of a whole run."""
    steps = ((phase, phase.epochs * (images // phase.batch) * phase.batch) for phase in recipe.phases)
    return sum(seen * macs_per_image(space, phase) for phase, seen in steps)


def with_budget(space: SearchSpace, recipe: Recipe, images: int, budget_macs: float) -> Recipe:
    """The recipe with its epochs stretched so that a run costs the budget, as nearly as whole epochs allow.

    Phases keep their proportions; rounding is made good by the last one.
    """
    stretch = budget_macs / training_macs(space, recipe, images)
    phases = [p.model_copy(update={"epochs": max(1, round(p.epochs * stretch))}) for p in recipe.phases]
    before = training_macs(space, recipe.model_copy(update={"phases": tuple(phases[:-1])}), images)
    last = phases[-1].model_copy(update={"epochs": 1})
    an_epoch = training_macs(space, recipe.model_copy(update={"phases": (last,)}), images)
    phases[-1] = last.model_copy(update={"epochs": max(1, round((budget_macs - before) / an_epoch))})
    return recipe.model_copy(update={"phases": tuple(phases)})
