"""Trainings made small, to try a comparison before days are spent on it."""

from __future__ import annotations

import numpy as np

from facefit.cli.faces import Parts
from facefit.errors import InputError
from facefit.faces.dataset import LabelledFaces
from facefit.training.recipe import Recipe


def shortened(recipe: Recipe, epochs_scale: float) -> Recipe:
    """As many epochs of each phase, times the scale, and at least one."""
    scaled = [p.model_copy(update={"epochs": max(1, round(p.epochs * epochs_scale))}) for p in recipe.phases]
    return recipe.model_copy(update={"phases": tuple(scaled)})


def with_fewer(parts: Parts, images: int | None) -> Parts:
    """At most so many photos to learn from; `InputError` if they are not in memory."""
    if images is None:
        return parts
    learning = parts.learning
    if not isinstance(learning, LabelledFaces):
        raise InputError("--images is for photos that fit into memory; leave it out")
    return parts._replace(learning=learning.where(np.arange(len(learning)) < images))
