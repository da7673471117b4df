"""In which order images are learnt from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from facefit.faces.batches import Faces


class Order(NamedTuple):
    """Which images each step of a phase sees: whole batches of epochs that are shuffled by the seed.

    All processes agree on it, and any step can be found without those before it.
    """

    faces: Faces
    seed: int
    phase: int
    batch: int

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches in the data; the rest of an epoch's shuffled images is left out."""
        return len(self.faces) // self.batch

    def epoch(self, epoch: int) -> NDArray[np.int64]:
        """Images of an epoch in their order."""
        return self.faces.order(np.random.default_rng([self.seed, self.phase, epoch, 1]))

    def steps(self, first: int, last: int, part: slice) -> Iterator[NDArray[np.int64]]:
        """One process's images of the steps from `first` up to `last`."""
        known, order = -1, np.zeros(0, np.int64)
        for step in range(first, last):
            epoch, i = divmod(step, self.steps_per_epoch)
            if epoch != known:
                known, order = epoch, self.epoch(epoch)
            yield order[i * self.batch : (i + 1) * self.batch][part]
