"""Faces as training and labelling read them, whichever layout the folder has."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from facefit.errors import InputError
from facefit.faces.dataset import CALIBRATION_IMAGES, LabelledFaces, in_search_split
from facefit.faces.ferplus import load_ferplus
from facefit.faces.folders import load_folder


class Parts(NamedTuple):
    """Faces to learn from, for batch-norm statistics, and the search split that nothing learns from."""

    learning: LabelledFaces
    calibration: LabelledFaces
    search_split: LabelledFaces


def read_parts(folder: Path, size: int, seed: int) -> Parts:
    """Reads FER+ in its own layout (votes as soft targets, the search split by majority), or a folder per class.

    Raises `InputError` if the folder is neither, or too small to hold out a search split.
    """
    if (folder / "fer2013new.csv").is_file():
        learning, _ = load_ferplus(folder, "train", "votes").split(in_search_split)
        decided, search_split = load_ferplus(folder, "train", "majority").split(in_search_split)
    else:
        decided, search_split = load_folder(folder, size).split(in_search_split)
        learning = decided
    if len(decided) < 2 or not len(search_split):
        raise InputError(
            f"{folder}: {len(decided)} images to learn from and {len(search_split)} in the search split; "
            f"expected some in both: add images"
        )
    seen = {decided.classes[label] for label in np.unique(decided.labels)}
    if len(decided.classes) < 2 or seen != set(decided.classes):
        raise InputError(
            f"{folder}: photos to learn from show {len(seen)} of {len(decided.classes)} classes; expected two classes "
            f"or more, and photos of each: add images"
        )
    drawn = np.random.default_rng(seed).permutation(len(decided))[:CALIBRATION_IMAGES]
    return Parts(learning, decided.where(np.isin(np.arange(len(decided)), drawn)), search_split)
