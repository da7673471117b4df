"""Photos of people as training and labelling read them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facefit.cli.faces import MEMORY_GIB, Parts, fits
from facefit.cli.output import progress_bar
from facefit.errors import InputError
from facefit.faces.alignment import MATCH_VIEW, VIEWS
from facefit.faces.dataset import CALIBRATION_IMAGES, LabelledFaces, in_search_split
from facefit.faces.folders import image_files
from facefit.faces.portraits import HeldOutPeople, Portraits, check_held_out, load_portraits, person_of
from facefit.faces.teacher import Teacher


def read_people_parts(
    folder: Path,
    size: int,
    excluded: tuple[str, ...] = (),
    teacher: Teacher | None = None,
    memory_gib: float = MEMORY_GIB,
) -> Parts:
    """Photos of a folder per person: one person in ten is held out as the search split.

    With a teacher its descriptors are the targets of every photo; else the people themselves are the classes, those
    with two photos or more. Raises `InputError` if the folder is of another form, too small, or too large for memory.
    """
    photos = len(image_files(folder))
    if not fits(photos * len(VIEWS) * 3 * size**2, memory_gib):
        raise InputError(
            f"{folder}: {photos} photos in {len(VIEWS)} views do not fit into {memory_gib:g} GiB; expected a larger "
            f"--memory-limit of 'facefit train', or shards: facefit pack {folder} --task identity --out SHARDS"
        )
    with progress_bar("finding faces") as report:
        portraits = load_portraits(folder, size, excluded, report)
    held = np.array([in_search_split(person_of(name)) for name in portraits.names])
    strangers = portraits.where(held)
    search_split = _held_out(folder, strangers)
    learning = _taught(portraits.where(~held), teacher) if teacher else _named(portraits.where(~held))
    drawn = np.random.default_rng(0).permutation(len(learning))[:CALIBRATION_IMAGES]
    calibration = learning.where(np.isin(np.arange(len(learning)), drawn))
    alike = replace(search_split, images=strangers.view(MATCH_VIEW))
    return Parts(learning, calibration, search_split, alike)


def _taught(portraits: Portraits, teacher: Teacher) -> LabelledFaces:
    return _both_views(portraits, teacher.of(portraits.names), ())


def _named(portraits: Portraits) -> LabelledFaces:
    people, person, photos = np.unique(
        [person_of(name) for name in portraits.names], return_inverse=True, return_counts=True
    )
    several = photos[person] > 1
    if np.count_nonzero(photos > 1) < 2:
        raise InputError(
            f"{len(people)} people to learn from, {np.count_nonzero(photos > 1)} of them with two photos or more; "
            f"expected two such people: add photos, or name a --teacher, who needs no names"
        )
    classes = tuple(people[photos > 1].tolist())
    place = np.searchsorted(people[photos > 1], people[person[several]])
    return _both_views(portraits.where(several), np.eye(len(classes), dtype=np.float32)[place], classes)


def _both_views(portraits: Portraits, targets: NDArray[np.float32], classes: tuple[str, ...]) -> LabelledFaces:
    """Every photo twice, so that descriptors hold up however a face was cut out."""
    return LabelledFaces(
        images=np.concatenate([portraits.view(view) for view in VIEWS]),
        targets=np.concatenate([targets] * len(VIEWS)),
        names=tuple(f"{name}#{view}" for view in VIEWS for name in portraits.names),
        classes=classes,
        protocol="people",
        skipped=portraits.skipped,
    )


def _held_out(folder: Path, portraits: Portraits) -> HeldOutPeople:
    """Views take turns, so that known and unknown photos may be cut out differently."""
    check_held_out(folder, portraits.names)
    people, person = np.unique([person_of(name) for name in portraits.names], return_inverse=True)
    turn = (np.arange(len(portraits)) % len(VIEWS))[:, None, None, None]
    return HeldOutPeople(
        images=np.where(turn == 0, portraits.aligned, portraits.cropped),
        targets=np.eye(len(people), dtype=np.float32)[person],
        names=portraits.names,
        classes=tuple(people.tolist()),
        protocol="one-shot",
        skipped=portraits.skipped,
    )
