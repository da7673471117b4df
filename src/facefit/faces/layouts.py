"""Which layout a folder of expressions has, and the photos in it to learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from facefit.errors import InputError
from facefit.faces.affectnet import affectnet_catalogue, looks_like_affectnet
from facefit.faces.catalogue import Catalogue
from facefit.faces.ferplus import TABLE, ferplus_catalogue
from facefit.faces.folders import folder_catalogue
from facefit.faces.pictures import photo_of
from facefit.faces.shards import shard_catalogue, shard_files

_CLEAR = 0.5
"""A class with more of the votes is what a photo shows."""


class Expressions(NamedTuple):
    """Photos to learn from, with votes as soft targets where there are votes, and those whose class is decided."""

    learning: Catalogue
    decided: Catalogue


def expressions_in(folder: Path, progress: Callable[[int, int], None] = lambda done, total: None) -> Expressions:
    """The photos of a folder in FER+'s layout, AffectNet's, of shards, or of a folder per class.

    Of FER+ and AffectNet the training split; the other splits are for reporting. Raises `InputError` or
    `ArtifactError` if the folder is neither.
    """
    if (folder / TABLE).is_file():
        return Expressions(*(ferplus_catalogue(folder, "train", protocol) for protocol in ("votes", "majority")))
    if looks_like_affectnet(folder):
        return _hard(affectnet_catalogue(folder, "train"))
    if shard_files(folder):
        return _by_votes(_without_people(folder, shard_catalogue(folder, progress)))
    return _hard(folder_catalogue(folder))


def _without_people(folder: Path, catalogue: Catalogue) -> Catalogue:
    """Raises `InputError` for shards of people: names would become classes, and views of a photo be torn apart."""
    if any(photo_of(name) != name for name in catalogue.names):
        raise InputError(
            f"{folder}: shards of people, whose faces are cut out in both views; expected expressions: "
            f"add --task identity, or name other shards"
        )
    return catalogue


def _hard(catalogue: Catalogue) -> Expressions:
    return Expressions(catalogue, catalogue)


def _by_votes(catalogue: Catalogue) -> Expressions:
    """Votes are learnt from as they are; a photo's class is decided if it has most of them."""
    if catalogue.targets.ndim == 1:
        return _hard(catalogue)
    decided = catalogue.where(catalogue.targets.max(axis=1) > _CLEAR)
    return Expressions(catalogue, replace(decided, targets=decided.labels.astype(np.int64)))
