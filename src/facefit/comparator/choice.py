"""Which accuracy surrogate to use: the one that errs less, and reading back whichever it was."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from facefit.artifacts import read_json
from facefit.comparator.boosting import SCHEMA as BOOSTING
from facefit.comparator.boosting import BoostingSurrogate
from facefit.comparator.ridge import RidgeSurrogate
from facefit.space import SearchSpace
from facefit.space.population import Genes

Surrogate: TypeAlias = RidgeSurrogate | BoostingSurrogate


def fit_surrogate(
    space: SearchSpace, genes: Genes, accuracy: NDArray[np.floating], rng: np.random.Generator
) -> Surrogate:
    """Fits both surrogates on the same splits and returns the one of smaller error on held-out subnets.

    Genes are uint8 (n, 1 + positions), accuracy (n,) in any unit. Raises `InputError` on fewer than 20 labels.
    """
    seed = int(rng.integers(2**31))
    candidates: list[Surrogate] = [
        RidgeSurrogate.fit(space, genes, accuracy, np.random.default_rng(seed)),
        BoostingSurrogate.fit(space, genes, accuracy, np.random.default_rng(seed)),
    ]
    return min(candidates, key=lambda surrogate: surrogate.rmse)


def load_surrogate(path: Path, space: SearchSpace | None = None) -> Surrogate:
    """Reads either surrogate; raises `ArtifactError` if the file is damaged, another schema, or for another space."""
    schema = read_json(path, "an accuracy surrogate written by facefit").get("schema")
    return BoostingSurrogate.load(path, space) if schema == BOOSTING else RidgeSurrogate.load(path, space)
