"""Where faces to learn from come from, by task."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, get_args

from facefit.artifacts import read_json
from facefit.cli.faces import MEMORY_GIB, Parts, read_parts
from facefit.cli.packed_people import read_packed_people
from facefit.cli.people import read_people_parts
from facefit.errors import ArtifactError, InputError
from facefit.faces.people import excluded_people, excluded_there
from facefit.faces.portraits import person_of
from facefit.faces.shards import shard_files
from facefit.faces.teacher import Teacher
from facefit.faces.vggface2 import names_of_numbers, people_folder
from facefit.weights import SeenPeople, TrainedPeople
from facefit.weights.metadata import NetworkMetadata, Task

SETTINGS, MEMORY_LIMIT = "training.json", "memory_limit_gib"
"""Where a run keeps what it is made of, and under which name how much memory its photos may take."""
EXCLUDED_THERE = "excluded_there"
"""Under which name a run keeps how many people were in the folder that it had to leave out."""


class Source(Protocol):
    """A folder of faces that belongs to a task."""

    def read(self, size: int) -> Parts:
        """Faces to learn from, for statistics, and held out; images have sides of `size` pixels."""
        ...

    def facts(self, parts: Parts) -> dict[str, Any]:
        """What else shaped them, for the settings of what learns from them."""
        ...

    def people(self, parts: Parts) -> SeenPeople:
        """Whom training learns from, and whom the search looks at; without lists where people do not matter."""
        ...


@dataclass(frozen=True, slots=True)
class Expressions:
    """Expressions, in any layout that `layouts` knows."""

    folder: Path
    memory_gib: float = MEMORY_GIB

    def read(self, size: int) -> Parts:
        return read_parts(self.folder, size, self.memory_gib)

    def facts(self, parts: Parts) -> dict[str, Any]:
        return {MEMORY_LIMIT: self.memory_gib}

    def people(self, parts: Parts) -> SeenPeople:
        return SeenPeople()


@dataclass(frozen=True, slots=True)
class People:
    """A folder per person, or shards of such, without the excluded ones.

    With a teacher its descriptors are what is learnt.
    """

    folder: Path
    excluded: tuple[str, ...] = ()
    teacher: Teacher | None = None
    memory_gib: float = MEMORY_GIB

    def read(self, size: int) -> Parts:
        if shard_files(self.folder):
            return read_packed_people(self.folder, size, self.excluded, self.teacher, self.memory_gib)
        folder = people_folder(self.folder)
        return read_people_parts(folder, size, self.excluded, self.teacher, self.memory_gib)

    def facts(self, parts: Parts) -> dict[str, Any]:
        people = {person_of(name) for name in parts.learning.names}
        origin = self.teacher.origin if self.teacher else None
        shaped = {"people": len(people), "excluded_people": list(self.excluded), "teacher": origin}
        return shaped | {EXCLUDED_THERE: excluded_there(self.folder, self.excluded), MEMORY_LIMIT: self.memory_gib}

    def people(self, parts: Parts) -> SeenPeople:
        named = names_of_numbers(self.folder)
        both = ({person_of(name) for name in faces.names} for faces in (parts.learning, parts.search_split))
        learnt, searched = ({named.get(person, person) for person in people} for people in both)
        trained = TrainedPeople.of(learnt, (self.teacher.origin,) if self.teacher else ())
        return SeenPeople(trained, TrainedPeople.of(searched))


def source_for(
    task: Task, folder: Path, teacher: Path | None, exclude_people: list[Path], memory_gib: float = MEMORY_GIB
) -> Source:
    """What the options of `facefit train` name; raises `InputError` where they belong to another task."""
    if task == "identity":
        excluded = excluded_people(folder, exclude_people)
        return People(folder, excluded, Teacher.load(teacher) if teacher else None, memory_gib)
    for name, value in (("--teacher", teacher), ("--exclude-people", exclude_people)):
        if value:
            raise InputError(f"{name} belongs to --task identity; the task is '{task}': leave it out")
    return Expressions(folder, memory_gib)


def source_again(metadata: NetworkMetadata, run: Path, folder: Path) -> Source:
    """The faces that the SuperNet of a run was trained on, in a folder that holds them, within the memory that its
    training was allowed."""
    file, people = run / SETTINGS, metadata.task == "identity"
    settings = read_json(file, "settings of a training run") if people or file.exists() else {}
    memory_gib = settings.get(MEMORY_LIMIT, MEMORY_GIB)
    if not isinstance(memory_gib, int | float):
        raise ArtifactError(f"{file}: {MEMORY_LIMIT} is {memory_gib!r}; expected a number: train again")
    if people:
        return People(folder, tuple(settings.get("excluded_people", ())), memory_gib=memory_gib)
    return Expressions(folder, memory_gib)


def check_task(task: str) -> Task:
    """Raises `InputError` for a task that there is not."""
    for known in get_args(Task):
        if task == known:
            return known  # type: ignore[no-any-return]
    raise InputError(f"task is '{task}'; expected {' or '.join(get_args(Task))}")


def check_classes(metadata: NetworkMetadata, parts: Parts, folder: Path) -> None:
    """Raises `InputError` if a SuperNet of classes was trained on other ones."""
    if metadata.classes and parts.search_split.classes != metadata.classes:
        raise InputError(
            f"{folder}: classes are {', '.join(parts.search_split.classes)}; the SuperNet was trained on "
            f"{', '.join(metadata.classes)}: give the faces that it was trained on"
        )
