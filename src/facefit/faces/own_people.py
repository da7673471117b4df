"""One's own people to judge a descriptor by: a folder each, without any list."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from facefit.errors import InputError, counted
from facefit.faces.folders import are_splits, image_files
from facefit.faces.lfw import NamedPhotos, person_of


def load_people(folder: Path) -> NamedPhotos:
    """All photos of everybody whose folder `folder/PERSON` holds two or more; of others there is nothing to compare.

    Raises `InputError` if that is not true of two people, if no photo is in a folder, or if these are splits with the
    people below them.
    """
    photos_there = [file.relative_to(folder).as_posix() for file in image_files(folder)]
    names = [name for name in photos_there if "/" in name]
    if not names:
        raise InputError(
            f"{folder}: holds {counted(len(photos_there), 'loose photo')} and no folder of anybody's; expected one for "
            f"each person, as in {folder}/PERSON/photo.jpg"
        )
    if are_splits(names):
        raise InputError(f"{folder}: its folders are splits with folders of people in them; name one of these splits")
    photos = Counter(map(person_of, names))
    people = tuple(sorted(person for person, count in photos.items() if count > 1))
    if len(people) < 2:
        raise InputError(
            f"{folder}: folders with two photos or more: {len(people)}; expected those of two people or more, as in "
            f"{folder}/PERSON/photo.jpg"
        )
    place = {person: i for i, person in enumerate(people)}
    kept = tuple(name for name in names if person_of(name) in place)
    return NamedPhotos(folder, kept, people, np.array([place[person_of(name)] for name in kept], np.int64))
