"""How many steps a recipe takes, and how many of them lie behind."""

from __future__ import annotations

from dataclasses import dataclass

from facefit.errors import TrainingError
from facefit.training.checkpoint import Progress
from facefit.training.engine import Engine
from facefit.training.recipe import Phase, Recipe


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a recipe with so many images: whole batches, the rest of an epoch's shuffled images is left out."""

    recipe: Recipe
    images: int

    @property
    def total(self) -> int:
        """Over all phases."""
        return sum(self.of(phase) for phase in self.recipe.phases)

    def of(self, phase: Phase) -> int:
        return phase.epochs * self.per_epoch(phase)

    def per_epoch(self, phase: Phase) -> int:
        return self.images // phase.batch

    def check_batches(self, engine: Engine) -> None:
        """Before anything is computed: raises `TrainingError` if there are fewer images than in a batch, `InputError`
        where processes cannot share one."""
        largest = max(phase.batch for phase in self.recipe.phases)
        if self.images < largest:
            raise TrainingError(f"{self.images} images are fewer than one batch of {largest}; lower the recipe's batch")
        for phase in self.recipe.phases:
            engine.part(phase.batch)

    def done(self, progress: Progress) -> int:
        """Over all phases."""
        return sum(self.of(phase) for phase in self.recipe.phases[: progress.phase]) + progress.step_in_phase

    def is_past(self, progress: Progress, phase: int, epoch: int) -> bool:
        """Whether an epoch of a phase, counted from 1, lies behind; one that the recipe does not have never does."""
        if phase >= len(self.recipe.phases):
            return False
        last = epoch * self.per_epoch(self.recipe.phases[phase])
        return (phase, last) <= (progress.phase, progress.step_in_phase)
