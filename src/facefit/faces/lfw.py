"""Labelled Faces in the Wild in its own layout, `NAME/NAME_0001.jpg` (Huang et al. 2007), and two protocols on it."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facefit.artifacts import read_bytes
from facefit.errors import InputError

PAIRS, SUBJECTS = "lfw-pairs.txt", "lfw-ytf-596-subjects.txt"
_DIGEST_OF_596 = "a96b97afe05372f75c2e568c45ef62c7afb2e8cb57c7ca19d0a20e24e12f1bf4"


@dataclass(frozen=True, slots=True, eq=False)
class NamedPhotos:
    """Photos below a folder, `people` naming whom they show; `person` (n,) is an index into it."""

    folder: Path
    names: tuple[str, ...]
    people: tuple[str, ...]
    person: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.names)

    def thinned(self, people: int, photos_each: int, rng: np.random.Generator) -> NamedPhotos:
        """At most so many people, drawn at random, with at most so many photos each."""
        drawn = np.sort(rng.permutation(len(self.people))[:people])
        kept = [np.sort(rng.permutation(np.flatnonzero(self.person == i))[:photos_each]) for i in drawn]
        return NamedPhotos(
            self.folder,
            tuple(self.names[i] for i in np.concatenate(kept)),
            tuple(self.people[i] for i in drawn),
            np.repeat(np.arange(len(drawn)), [len(photos) for photos in kept]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class PhotoPairs:
    """Pairs of photos below a folder: pair i is of `names[first[i]]` and `names[second[i]]`, shows one person if
    `same[i]`, and belongs to `fold[i]`; all of shape (n,). People of different folds differ."""

    folder: Path
    names: tuple[str, ...]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    same: NDArray[np.bool_]
    fold: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.same)

    def where(self, keep: NDArray[np.bool_]) -> PhotoPairs:
        """The pairs for which `keep`, bool (n,), is true, in their folds, and the photos that they show."""
        first, second = self.first[keep], self.second[keep]
        shown = np.unique(np.concatenate([first, second]))
        return PhotoPairs(
            self.folder,
            tuple(self.names[i] for i in shown.tolist()),
            np.searchsorted(shown, first),
            np.searchsorted(shown, second),
            self.same[keep],
            self.fold[keep],
        )

    def shows(self, people: Container[str]) -> NDArray[np.bool_]:
        """Pairs on which one of these people is, bool (n,)."""
        theirs = np.array([person_of(name) in people for name in self.names], bool)
        shown: NDArray[np.bool_] = theirs[self.first] | theirs[self.second]
        return shown


def looks_like_lfw(folder: Path) -> bool:
    """Whether photos of anybody in it are called as LFW's are, `NAME/NAME_0001.jpg`, which hardly anybody else does."""
    people = (path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else iter(())
    return any((person / f"{person.name}_0001.jpg").is_file() for person in people)


def person_of(photo: str) -> str:
    """Whom a photo shows, from its name below the folder."""
    return photo.split("/")[0]


def load_subjects(folder: Path) -> NamedPhotos:
    """All photos of the subjects that `lfw-ytf-596-subjects.txt` lists, a name a line: people who are in LFW at least
    twice and in YouTube Faces too.

    Raises `InputError` if the list or a subject's photos are missing.
    """
    table = folder / SUBJECTS
    subjects = tuple(dict.fromkeys(line for line in _lines(table) if line))
    names: list[str] = []
    person: list[int] = []
    for i, subject in enumerate(subjects):
        photos = sorted(f"{subject}/{photo.name}" for photo in (folder / subject).glob("*.jpg"))
        if len(photos) < 2:
            raise InputError(f"{folder / subject}: holds {len(photos)} photos; expected 2 or more: unpack LFW again")
        names += photos
        person += [i] * len(photos)
    if len(subjects) < 2:
        raise InputError(f"{table}: names {len(subjects)} subjects; expected two or more, a name a line")
    return NamedPhotos(folder, tuple(names), subjects, np.array(person, np.int64))


def are_the_596(people: Iterable[str]) -> bool:
    """Whether these are the subjects of the paper, by their names."""
    return hashlib.sha256("\n".join(sorted(people)).encode(errors="replace")).hexdigest() == _DIGEST_OF_596


def load_pairs(folder: Path) -> PhotoPairs:
    """LFW's view 2 from `lfw-pairs.txt`: a line with the number of folds and of pairs, then in each fold as many pairs
    of one person (name, number, number) as of two (name, number, name, number).

    Raises `InputError` if the list is missing or of another form.
    """
    table = folder / PAIRS
    try:
        head, *rows = [line.split() for line in _lines(table) if line]
        folds, count = map(int, head)
        pairs = [_pair(row) for row in rows]
    except ValueError as error:
        raise InputError(f"{table}: not LFW's list of pairs ({error}); download it again") from error
    if len(pairs) != 2 * folds * count or folds < 2 or count < 1:
        raise InputError(f"{table}: has {len(pairs)} pairs; expected 2 x {count} in each of {folds} folds")
    names = tuple(sorted({name for pair in pairs for name in pair}))
    place = {name: i for i, name in enumerate(names)}
    first, second = (np.array([place[pair[side]] for pair in pairs], np.int64) for side in (0, 1))
    same = np.array([len(row) == 3 for row in rows], bool)
    return PhotoPairs(folder, names, first, second, same, np.repeat(np.arange(folds), 2 * count))


def _pair(row: list[str]) -> tuple[str, str]:
    if len(row) not in (3, 4):
        raise ValueError(f"a line is '{' '.join(row)}'")
    name, number, other, other_number = row if len(row) == 4 else (row[0], row[1], row[0], row[2])
    return _photo(name, int(number)), _photo(other, int(other_number))


def _photo(name: str, number: int) -> str:
    if Path(name).name != name or name.startswith("."):
        raise ValueError(f"'{name}' is not a name")
    return f"{name}/{name}_{number:04d}.jpg"


def _lines(table: Path) -> list[str]:
    data = read_bytes(table, "LFW's folder with its lists beside the people's folders")
    return [line.strip() for line in data.decode(errors="replace").splitlines()]
