"""Where faces to learn from come from, by task."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, get_args

from facefit.artifacts import read_json
from facefit.cli.faces import MEMORY_GIB, Parts, read_parts
from facefit.cli.packed_people import read_packed_people
from facefit.cli.people import read_people_parts
from facefit.errors import InputError
from facefit.faces.people import excluded_people
from facefit.faces.portraits import person_of
from facefit.faces.shards import shard_files
from facefit.faces.teacher import Teacher
from facefit.faces.vggface2 import people_folder
from facefit.weights import TrainedPeople
from facefit.weights.metadata import NetworkMetadata, Task

SETTINGS = "training.json"


class Source(Protocol):
    """A folder of faces that belongs to a task."""

    def read(self, size: int, seed: int, memory_gib: float = MEMORY_GIB) -> Parts:
        """Faces to learn from, for statistics, and held out; images have sides of `size` pixels."""
        ...

    def facts(self, parts: Parts) -> dict[str, Any]:
        """What else shaped them, for the settings of what learns from them."""
        ...

    def people(self, parts: Parts) -> TrainedPeople | None:
        """Whom training learns from; None where people do not matter."""
        ...


@dataclass(frozen=True, slots=True)
class Expressions:
    """Expressions, in any layout that `layouts` knows."""

    folder: Path

    def read(self, size: int, seed: int, memory_gib: float = MEMORY_GIB) -> Parts:
        return read_parts(self.folder, size, seed, memory_gib)

    def facts(self, parts: Parts) -> dict[str, Any]:
        return {}

    def people(self, parts: Parts) -> TrainedPeople | None:
        return None


@dataclass(frozen=True, slots=True)
class People:
    """A folder per person, or shards of such, without the excluded ones.

    With a teacher its descriptors are what is learnt.
    """

    folder: Path
    excluded: tuple[str, ...] = ()
    teacher: Teacher | None = None

    def read(self, size: int, seed: int, memory_gib: float = MEMORY_GIB) -> Parts:
        if shard_files(self.folder):
            return read_packed_people(self.folder, size, seed, self.excluded, self.teacher, memory_gib)
        folder = people_folder(self.folder)
        return read_people_parts(folder, size, seed, self.excluded, self.teacher, memory_gib)

    def facts(self, parts: Parts) -> dict[str, Any]:
        people = {person_of(name) for name in parts.learning.names}
        origin = self.teacher.origin if self.teacher else None
        return {"people": len(people), "excluded_people": list(self.excluded), "teacher": origin}

    def people(self, parts: Parts) -> TrainedPeople:
        names = {person_of(name) for name in parts.learning.names}
        return TrainedPeople.of(names, (self.teacher.origin,) if self.teacher else ())


def source_for(task: Task, folder: Path, teacher: Path | None, exclude_people: list[Path]) -> Source:
    """What the options of `facefit train` name; raises `InputError` where they belong to another task."""
    if task == "identity":
        return People(folder, excluded_people(folder, exclude_people), Teacher.load(teacher) if teacher else None)
    for name, value in (("--teacher", teacher), ("--exclude-people", exclude_people)):
        if value:
            raise InputError(f"{name} belongs to --task identity; the task is '{task}': leave it out")
    return Expressions(folder)


def source_again(metadata: NetworkMetadata, run: Path, folder: Path) -> Source:
    """The faces that the SuperNet of a run was trained on, in a folder that holds them."""
    if metadata.task == "identity":
        settings = read_json(run / SETTINGS, "settings of a training run")
        return People(folder, tuple(settings.get("excluded_people", ())))
    return Expressions(folder)


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
