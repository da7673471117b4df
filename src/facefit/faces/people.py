"""Who must not be trained on, so that a network may be judged on them later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from facefit.artifacts import read_bytes
from facefit.errors import InputError
from facefit.faces.lfw import SUBJECTS, looks_like_lfw
from facefit.weights.people import normalised_name


def without_people(people: Iterable[str], excluded: Iterable[str]) -> tuple[str, ...]:
    """The people that are not excluded, in their order; case, accents, underscores and blanks make no difference."""
    names = {normalised_name(name) for name in excluded}
    return tuple(name for name in people if normalised_name(name) not in names)


def excluded_people(folder: Path, lists: Sequence[Path] = ()) -> tuple[str, ...]:
    """Whom training on a folder has to leave out: the people of the lists, a name a line, and where there are no lists
    and the folder is LFW, the 596 subjects that it is judged by.

    Raises `InputError` if a list cannot be read, or if the folder is LFW and says nowhere who the 596 are.
    """
    if not lists and looks_like_lfw(folder):
        if not (folder / SUBJECTS).is_file():
            raise InputError(
                f"{folder}: is Labelled Faces in the Wild, but holds no {SUBJECTS}; expected that list of whom not to "
                f"train on: put it there, or name another with --exclude-people"
            )
        lists = (folder / SUBJECTS,)
    return tuple(dict.fromkeys(name for file in lists for name in read_people(file)))


def read_people(file: Path) -> list[str]:
    """A name a line; empty lines and those that begin with # are skipped."""
    text = read_bytes(file, "a list of people, a name a line").decode(errors="replace")
    return [name for line in text.splitlines() if (name := line.strip()) and not name.startswith("#")]
