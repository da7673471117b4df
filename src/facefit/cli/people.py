"""Photos of people as training and labelling read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facefit.cli.faces import MEMORY_GIB, Parts, fits
from facefit.cli.output import progress_bar
from facefit.errors import InputError
from facefit.faces.alignment import VIEWS
from facefit.faces.dataset import CALIBRATION_IMAGES, LabelledFaces, in_search_split
from facefit.faces.folders import image_files
from facefit.faces.held_out_people import HeldOutPeople, check_held_out
from facefit.faces.portraits import Portraits, load_portraits, person_of
from facefit.faces.targets import Targets
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
    if not fits(_bytes(photos, size, teacher), memory_gib):
        raise InputError(
            f"{folder}: {photos} photos in {len(VIEWS)} views do not fit into {memory_gib:g} GiB; expected a larger "
            f"--memory-limit of 'facefit train' (of a finished run too, which then goes on at its end), or shards: "
            f"facefit pack {folder} --task identity --out SHARDS"
        )
    with progress_bar("finding faces") as report:
        portraits = load_portraits(folder, size, excluded, report)
    held = np.array([in_search_split(person_of(name)) for name in portraits.names])
    strangers, known = portraits.where(held), np.flatnonzero(~held)
    search_split = _held_out(folder, strangers)
    learning = _taught(portraits, known, teacher) if teacher else _named(portraits, known)
    pool = np.flatnonzero(of_several_photos(learning.names))
    drawn = pool[np.random.default_rng(0).permutation(len(pool))[:CALIBRATION_IMAGES]]
    calibration = learning.where(np.isin(np.arange(len(learning)), drawn))
    alike = {view: replace(search_split, images=strangers.view(view)) for view in VIEWS}
    return Parts(learning, calibration, search_split, alike)


def of_several_photos(names: Sequence[str]) -> NDArray[np.bool_]:
    """Which pictures, `PERSON/photo#view`, show people with two photos or more, bool (n,); all, if there are none such.

    Those give batch-norm statistics with a teacher too, since a run that had one is labelled without it.
    """
    _, person, pictures = np.unique([person_of(name) for name in names], return_inverse=True, return_counts=True)
    several: NDArray[np.bool_] = pictures[person] > len(VIEWS)
    return several if several.any() else ~several


def _bytes(photos: int, size: int, teacher: Teacher | None) -> int:
    """The most that is held at once: pictures as they are cut out and again as they are learnt from, and targets."""
    target = 8 if teacher is None else 4 * teacher.descriptors.shape[1]
    return photos * len(VIEWS) * (2 * 3 * size**2 + target)


def _taught(portraits: Portraits, which: NDArray[np.int64], teacher: Teacher) -> LabelledFaces:
    return _both_views(portraits, which, teacher.of([portraits.names[i] for i in which]), ())


def _named(portraits: Portraits, which: NDArray[np.int64]) -> LabelledFaces:
    people, person, photos = np.unique(
        [person_of(portraits.names[i]) for i in which], return_inverse=True, return_counts=True
    )
    several = photos > 1
    if np.count_nonzero(several) < 2:
        raise InputError(
            f"{len(people)} people to learn from, {np.count_nonzero(several)} of them with two photos or more; "
            f"expected two such people: add photos, or name a --teacher, who needs no names"
        )
    place, kept = (np.cumsum(several) - 1)[person], several[person]
    return _both_views(portraits, which[kept], place[kept].astype(np.int64), tuple(people[several].tolist()))


def _both_views(
    portraits: Portraits, which: NDArray[np.int64], targets: Targets, classes: tuple[str, ...]
) -> LabelledFaces:
    """Every photo twice, so that descriptors hold up however a face was cut out."""
    images = np.empty((len(VIEWS), len(which), *portraits.aligned.shape[1:]), np.uint8)
    for pictures, view in zip(images, VIEWS, strict=True):
        np.take(portraits.view(view), which, axis=0, out=pictures, mode="clip")  # 'raise' would copy them once more
    return LabelledFaces(
        images=images.reshape(-1, *images.shape[2:]),
        targets=np.concatenate([targets] * len(VIEWS)),
        names=tuple(f"{portraits.names[i]}#{view}" for view in VIEWS for i in which),
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
