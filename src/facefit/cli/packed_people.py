"""Faces of people out of shards, where both views of each face are cut out already."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facefit.cli.faces import SEARCH_SPLIT_IMAGES, Parts, fits, loaded, some_of
from facefit.cli.output import progress_bar
from facefit.cli.people import of_several_photos
from facefit.errors import InputError
from facefit.faces.alignment import VIEWS, View
from facefit.faces.catalogue import Catalogue
from facefit.faces.dataset import CALIBRATION_IMAGES, in_search_split
from facefit.faces.held_out_people import HeldOutPeople, check_held_out
from facefit.faces.people import without_people
from facefit.faces.pictures import photo_of
from facefit.faces.portraits import person_of
from facefit.faces.shards import shard_catalogue
from facefit.faces.streamed import StreamedFaces
from facefit.faces.teacher import Teacher


def read_packed_people(
    folder: Path, size: int, excluded: tuple[str, ...], teacher: Teacher | None, memory_gib: float
) -> Parts:
    """As `read_people_parts` does, from the shards of `facefit pack --task identity`.

    Raises `InputError` if they hold something else or too few people.
    """
    with progress_bar("listing photos") as report:
        catalogue = shard_catalogue(folder, report)
    if any(photo_of(name) == name for name in catalogue.names):
        raise InputError(
            f"{folder}: shards of photos that are not cut out in both views; expected those of "
            f"'facefit pack --task identity': pack the photos anew"
        )
    people = set(without_people({person_of(name) for name in catalogue.names}, excluded))
    catalogue = catalogue.where(np.array([person_of(name) in people for name in catalogue.names], bool))
    learning, held = catalogue.split(lambda name: in_search_split(person_of(name)))
    learning = _taught(learning, teacher) if teacher else _named(folder, learning)
    rng = np.random.default_rng(0)  # labels belong to these photos, whatever the seed of the call
    one_view_each = some_of(_one_view_each(held), SEARCH_SPLIT_IMAGES, rng)
    search_split = _held_out(folder, one_view_each, size)
    portraits = {view: _held_out(folder, _in_view(held, one_view_each, view), size) for view in VIEWS}
    several = learning.where(of_several_photos(learning.names))
    calibration = loaded(some_of(several, CALIBRATION_IMAGES, rng), size)
    in_memory = fits(learning.bytes_at(size) + learning.targets.nbytes, memory_gib)
    return Parts(
        loaded(learning, size) if in_memory else StreamedFaces(learning, size), calibration, search_split, portraits
    )


def _taught(catalogue: Catalogue, teacher: Teacher) -> Catalogue:
    descriptors = teacher.of([photo_of(name) for name in catalogue.names])
    return replace(catalogue, targets=descriptors, classes=(), protocol="people")


def _named(folder: Path, catalogue: Catalogue) -> Catalogue:
    """People with two photos or more are the classes."""
    names = np.array([person_of(name) for name in catalogue.names])
    people, person, pictures = np.unique(names, return_inverse=True, return_counts=True)
    several = pictures > len(VIEWS)
    if np.count_nonzero(several) < 2:
        raise InputError(
            f"{folder}: {len(people)} people to learn from, {np.count_nonzero(several)} of them with two photos or "
            f"more; expected two such people: add photos, or name a --teacher, who needs no names"
        )
    place = (np.cumsum(several) - 1)[person]
    kept = several[person]
    classes = tuple(people[several].tolist())
    return replace(catalogue, targets=place.astype(np.int64), classes=classes, protocol="people").where(kept)


def _one_view_each(catalogue: Catalogue) -> Catalogue:
    """Views take turns from photo to photo, so that known and unknown photos may be cut out differently."""
    photos = sorted({photo_of(name) for name in catalogue.names})
    wanted = {f"{photo}#{VIEWS[i % len(VIEWS)]}" for i, photo in enumerate(photos)}
    return catalogue.where(np.array([name in wanted for name in catalogue.names], bool))


def _in_view(catalogue: Catalogue, photos: Catalogue, view: View) -> Catalogue:
    """The same photos, all in one view."""
    wanted = {f"{photo_of(name)}#{view}" for name in photos.names}
    return catalogue.where(np.array([name in wanted for name in catalogue.names], bool))


def _held_out(folder: Path, catalogue: Catalogue, size: int) -> HeldOutPeople:
    check_held_out(folder, catalogue.names)
    faces = loaded(catalogue, size)
    check_held_out(folder, faces.names)  # without the damaged ones
    people, person = np.unique([person_of(name) for name in faces.names], return_inverse=True)
    targets: NDArray[np.float32] = np.eye(len(people), dtype=np.float32)[person]
    return HeldOutPeople(faces.images, targets, faces.names, tuple(people.tolist()), "one-shot", faces.skipped)
