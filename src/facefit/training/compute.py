"""What training costs, in multiply-accumulates: phases differ in how many subnets learn in a step, and how large."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from facefit.space import SearchSpace, Subnet
from facefit.training.checkpoint import Progress
from facefit.training.recipe import Phase, Recipe
from facefit.training.steps import Steps
from facefit.training.subnets import largest_at, students

_DRAWN = 200
_WITH_GRADIENT, _WITHOUT = 3, 1
"""A backward pass computes two products for each of the forward pass: by the weights, and by the input."""


@dataclass(frozen=True)
class Compute:
    """The multiply-accumulates of a recipe with so many images, and how many of them lie behind."""

    space: SearchSpace
    recipe: Recipe
    images: int

    @cached_property
    def total(self) -> float:
        """Over all phases."""
        return sum(self._of_steps(i, self._steps.of(phase)) for i, phase in enumerate(self.recipe.phases))

    def done(self, progress: Progress) -> float:
        """Over all phases."""
        before = sum(self._of_steps(i, self._steps.of(self.recipe.phases[i])) for i in range(progress.phase))
        return before + (self._of_steps(progress.phase, progress.step_in_phase) if progress.step_in_phase else 0.0)

    def _of_steps(self, phase: int, steps: int) -> float:
        return steps * self.recipe.phases[phase].batch * self._per_image[phase]

    @property
    def _steps(self) -> Steps:
        return Steps(self.recipe, self.images)

    @cached_property
    def _per_image(self) -> tuple[float, ...]:
        return tuple(macs_per_image(self.space, phase) for phase in self.recipe.phases)


def macs_of(space: SearchSpace, subnet: Subnet) -> int:
    """Of one image forwards."""
    return sum(layer.macs for layer in space.layers(subnet))


def macs_per_image(space: SearchSpace, phase: Phase, seed: int = 0) -> float:
    """Of one image in a step of the phase, forwards and backwards, over all subnets; the mean over random ones."""
    rng = np.random.default_rng(seed)
    drawn = [subnet for _ in range(_DRAWN) for subnet in students(space, phase, rng)]
    total = _WITH_GRADIENT * sum(macs_of(space, subnet) for subnet in drawn) / _DRAWN
    times = {"every": _WITH_GRADIENT, "alternate": (_WITH_GRADIENT + _WITHOUT) / 2, "never": 0}[phase.largest]
    return total + times * macs_of(space, largest_at(space, phase.resolutions[-1]))
