"""Recipes of equal compute: epochs stretched until a run costs what it may, in multiply-accumulates."""

from __future__ import annotations

from facefit.space import SearchSpace
from facefit.training.compute import Compute
from facefit.training.recipe import Recipe


def with_budget(space: SearchSpace, recipe: Recipe, images: int, budget_macs: float) -> Recipe:
    """The recipe with its epochs stretched so that a run costs the budget, as nearly as whole epochs allow.

    Phases keep their proportions; rounding is made good by the last one.
    """
    stretch = budget_macs / Compute(space, recipe, images).total
    phases = [p.model_copy(update={"epochs": max(1, round(p.epochs * stretch))}) for p in recipe.phases]
    before = Compute(space, recipe.model_copy(update={"phases": tuple(phases[:-1])}), images).total
    last = phases[-1].model_copy(update={"epochs": 1})
    an_epoch = Compute(space, recipe.model_copy(update={"phases": (last,)}), images).total
    phases[-1] = last.model_copy(update={"epochs": max(1, round((budget_macs - before) / an_epoch))})
    return recipe.model_copy(update={"phases": tuple(phases)})
