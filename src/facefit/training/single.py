"""A SuperNet's recipe for a network without choices, so that baselines learn from the same data in the same way."""

from __future__ import annotations

from facefit.training.recipe import Recipe


def for_one_network(recipe: Recipe, resolution: int) -> Recipe:
    """Same epochs, batches, learning rates, augmentation and head; in every step the whole network learns, and nobody
    else, at one resolution in all phases, since some layers are as large as the map that they see."""
    alone = {"largest": "every", "smallest": False, "random": 0, "sort_channels_first": False}
    phases = tuple(phase.model_copy(update=alone | {"resolutions": (resolution,)}) for phase in recipe.phases)
    return recipe.model_copy(update={"resolutions": (resolution,), "phases": phases})
