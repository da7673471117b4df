"""Who must not be trained on, so that a network may be judged on them later."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from facefit.artifacts import read_bytes
from facefit.errors import InputError
from facefit.faces.lfw import SUBJECTS, looks_like_lfw
from facefit.faces.shard_header import read_header
from facefit.faces.shards import shard_files
from facefit.faces.vggface2 import NAMES, names_of_numbers, people_folder
from facefit.weights.people import words_of

_UNDECODED = "\ufffd"
"""What a byte that is no UTF-8 is read as."""


def without_people(people: Iterable[str], excluded: Iterable[str]) -> tuple[str, ...]:
    """The people that are not excluded, in their order; case, accents, hyphens and the order of words, which differs
    with who writes down a name, make no difference."""
    names = {words_of(name) for name in excluded}
    return tuple(name for name in people if words_of(name) not in names)


def excluded_people(folder: Path, lists: Sequence[Path] = ()) -> tuple[str, ...]:
    """Whom training on a folder has to leave out: the people of the lists, a name a line, and if the folder is LFW, the
    596 subjects that it is judged by, if it says who they are; a list that is empty keeps them in. Numbered folders of
    VGGFace2 come with their people, where its list is there.

    Raises `InputError` if a list cannot be read or names nobody in the folder, or if the folder is LFW and neither it
    nor a list says who the 596 are.
    """
    listed = [name for file in lists for name in _listed(file, folder)]
    if (lists and not listed) or not looks_like_lfw(folder):
        return tuple(dict.fromkeys(listed))
    known = (folder / SUBJECTS).is_file()
    if not known and not listed:
        raise InputError(
            f"{folder}: is Labelled Faces in the Wild, but holds no {SUBJECTS}; expected that list of whom not to "
            f"train on: put it there, or name another with --exclude-people (an empty one if these are other people)"
        )
    return tuple(dict.fromkeys((*listed, *(read_people(folder / SUBJECTS) if known else ()))))


def excluded_there(folder: Path, excluded: Iterable[str]) -> int:
    """How many people of a folder, or of shards, are among the excluded."""
    there = people_in(folder)
    return len(there) - len(without_people(there, excluded))


def people_in(folder: Path) -> list[str]:
    """How the people of a folder are called, or of shards, sorted; nobody where there is no folder."""
    if shard_files(folder):
        return sorted(read_header(folder).get("classes", ()))
    below = people_folder(folder)
    return sorted(person.name for person in below.iterdir() if person.is_dir()) if below.is_dir() else []


def _listed(file: Path, folder: Path) -> list[str]:
    """The names of a list, and the numbers that stand for them in the folder; `InputError` for what is no text."""
    listed, there, names = read_people(file), people_in(folder), names_of_numbers(folder)
    if any(unicodedata.category(c) == "Cc" or c == _UNDECODED for name in listed for c in name.replace("\t", " ")):
        raise InputError(f"{file}: is not text in UTF-8; expected a list of people, a name a line: save it as that")
    kept = set(without_people(names.values(), listed))
    numbers = [number for number in there if number in names and names[number] not in kept]
    if listed and there and not excluded_there(folder, listed + numbers):
        raise InputError(
            f"{file}: names {len(listed)} people, such as {listed[0]}, but none of those in {folder}, such as "
            f"{there[0]}; expected some: spell them as the folders, or put VGGFace2's {NAMES} beside its numbers"
        )
    return listed + numbers


def read_people(file: Path) -> list[str]:
    """A name a line; empty lines and those that begin with # are skipped."""
    text = read_bytes(file, "a list of people, a name a line").decode(errors="replace")
    return [name for line in text.splitlines() if (name := line.strip()) and not name.startswith("#")]
