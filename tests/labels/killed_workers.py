"""Faces whose first judge is killed, in a module of their own, which workers can import."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facefit.faces.dataset import LabelledFaces


class DeadlyFaces(LabelledFaces):
    """The first process that counts right answers dies of it; `part` names a file that says whether one has."""

    def count_right(self, descriptors: NDArray[np.float32], logits: NDArray[np.float32]) -> int:
        assert self.part is not None
        try:
            Path(self.part).touch(exist_ok=False)
        except FileExistsError:
            return LabelledFaces.count_right(self, descriptors, logits)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")
