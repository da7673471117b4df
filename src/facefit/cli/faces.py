"""Faces as training and labelling read them, whichever layout the folder has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from facefit.cli.output import Output, progress_bar
from facefit.errors import InputError, counted
from facefit.faces.alignment import View
from facefit.faces.batches import Faces
from facefit.faces.catalogue import Catalogue
from facefit.faces.dataset import CALIBRATION_IMAGES, LabelledFaces, in_search_split
from facefit.faces.layouts import expressions_in
from facefit.faces.streamed import StreamedFaces

MEMORY_GIB = 4.0
SEARCH_SPLIT_IMAGES = 20_000
"""Of more than fit into memory, so many give accuracies to a third of a point."""
_NO_PORTRAITS: Mapping[View, LabelledFaces] = MappingProxyType({})


class Parts(NamedTuple):
    """Faces to learn from, for batch-norm statistics, and the search split that nothing learns from.

    Of people, `portraits` are all photos of the search split in each view, from which thresholds come; the search split
    itself has every other photo in another view.
    """

    learning: Faces
    calibration: LabelledFaces
    search_split: LabelledFaces
    portraits: Mapping[View, LabelledFaces] = _NO_PORTRAITS

    @property
    def skipped(self) -> dict[str, str]:
        """What was left out of any of them so far, with the reason."""
        everything = self.learning, self.calibration, self.search_split, *self.portraits.values()
        return {name: reason for faces in everything for name, reason in faces.skipped.items()}


def read_parts(folder: Path, size: int, memory_gib: float = MEMORY_GIB) -> Parts:
    """Reads expressions: FER+ or AffectNet in their own layouts, shards, or a folder per class.

    Photos to learn from are held in memory as pixels if they fit into `memory_gib`, or else read while training goes
    on. Raises `InputError` if the folder is of another form, or too small to hold out a search split.
    """
    with progress_bar("listing photos") as report:
        found = expressions_in(folder, report)
    learning, _ = found.learning.split(in_search_split)
    decided, search_split = found.decided.split(in_search_split)
    if not fits(found.learning.bytes_at(size), memory_gib):
        _check_classes(folder, decided, search_split)
        rng = np.random.default_rng(0)  # labels belong to these photos, whatever the seed of the call
        drawn, held_out = some_of(decided, CALIBRATION_IMAGES, rng), some_of(search_split, SEARCH_SPLIT_IMAGES, rng)
        return Parts(StreamedFaces(learning, size), loaded(drawn, size), loaded(held_out, size))
    in_memory = loaded(decided, size)
    _check_classes(folder, in_memory, search_split)
    drawn_here = np.random.default_rng(0).permutation(len(in_memory))[:CALIBRATION_IMAGES]
    calibration = in_memory.where(np.isin(np.arange(len(in_memory)), drawn_here))
    votes = found.learning is not found.decided
    return Parts(loaded(learning, size) if votes else in_memory, calibration, loaded(search_split, size))


def loaded(catalogue: Catalogue, size: int) -> LabelledFaces:
    """All photos in memory, read with a progress bar."""
    with progress_bar(f"reading {len(catalogue)} photos") as report:
        return catalogue.load(size, report)


def tell_skipped(parts: Parts, output: Output, named_in: Path | None = None) -> None:
    """Says how many photos were left out, why the first of them was, and which file names all; nothing where all could
    be read."""
    if parts.skipped:
        number, (name, reason) = counted(len(parts.skipped), "image"), min(parts.skipped.items())
        where = f", all named in {named_in}" if named_in else ""
        output.line(f"{number} could not be read: left out{where}; first: {name} ({reason})")


def fits(size_bytes: int, memory_gib: float) -> bool:
    """Whether so many bytes may be held in memory."""
    return size_bytes <= memory_gib * 2**30


def some_of(catalogue: Catalogue, count: int, rng: np.random.Generator) -> Catalogue:
    """At most so many of the photos, drawn at random, in their order."""
    drawn = rng.permutation(len(catalogue))[:count]
    return catalogue.where(np.isin(np.arange(len(catalogue)), drawn))


def _check_classes(folder: Path, decided: Catalogue | LabelledFaces, search_split: Catalogue) -> None:
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
