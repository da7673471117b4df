"""The file of a comparator, whatever codes its trees read: LightGBM's text, the space, and the quality."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from facefit.comparator.features import Features
from facefit.comparator.model_file import read_model, write_model
from facefit.comparator.pairs import ComparatorQuality
from facefit.comparator.trees import TreeModel
from facefit.space import SearchSpace
from facefit.space.population import Genes

Coded = Callable[[SearchSpace, Genes], Features]


def write_comparator(path: Path, schema: str, space: SearchSpace, model: TreeModel, quality: ComparatorQuality) -> None:
    """Writes one JSON file, whole or not at all."""
    write_model(path, schema, space, {"quality": asdict(quality), "model": model.to_json()})


def read_comparator(
    path: Path, schema: str, space: SearchSpace | None, what: str, coded: Coded
) -> tuple[SearchSpace, TreeModel, ComparatorQuality]:
    """What `write_comparator` wrote; `coded` gives the features that the trees read.

    Raises `ArtifactError` if the file is damaged, of another schema, or for another space than `space`.
    """
    found, content = read_model(path, schema, space, what)
    width = coded(found, np.zeros((1, 1 + found.positions), np.uint8)).shape[1]
    model = TreeModel.from_json(content.get("model"), width, str(path))
    return found, model, ComparatorQuality.from_json(content.get("quality"), str(path))
