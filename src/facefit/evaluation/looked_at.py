"""What is seen in photos before any network: their faces, which cannot be read, and which show several people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from facefit.errors import InputError, counted
from facefit.evaluation.exclusion import perhaps_met
from facefit.faces.detections import Detections
from facefit.faces.lfw import NamedPhotos, person_of
from facefit.weights import SeenPeople


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFacts:
    """What figures on photos rest on.

    `official` is whether they are of, or drawn from, the photos that the protocol is named after; None for one's own
    people. `skipped` says of photos that were left out why they cannot be read; `several_faces` counts those of whose
    faces the central one was chosen. `perhaps_met` are people whose names the network may have met in another spelling.
    """

    official: bool | None = None
    skipped: Mapping[str, str] = field(default_factory=dict)
    several_faces: int = 0
    perhaps_met: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """`skipped` is a count."""
        facts = {"official": self.official, "skipped": len(self.skipped), "several_faces": self.several_faces}
        return facts | {"perhaps_met": list(self.perhaps_met)}


@dataclass(frozen=True, slots=True, eq=False)
class LookedAt:
    """The faces of photos that could be read, and why others could not, by their names."""

    detections: Detections
    skipped: Mapping[str, str]

    def facts(self, names: Sequence[str], official: bool | None, seen: SeenPeople) -> PhotoFacts:
        """About the photos that a network is judged on that has `seen` these people."""
        several = sum(len(self.detections[name]) > 1 for name in names)
        return PhotoFacts(official, self.skipped, several, perhaps_met(map(person_of, names), seen))

    def readable(self, photos: NamedPhotos) -> NamedPhotos:
        """The photos that could be read of people who have two of them or more.

        Raises `InputError` if fewer than two people have.
        """
        if not self.skipped:
            return photos
        left = np.array([name not in self.skipped for name in photos.names])
        people = np.flatnonzero(np.bincount(photos.person[left], minlength=len(photos.people)) > 1)
        if len(people) < 2:
            raise InputError(
                f"{photos.folder}: {unreadable(self.skipped)}; people with two photos or more that can be read: "
                f"{len(people)}; expected two or more: add photos"
            )
        kept = np.flatnonzero(left & np.isin(photos.person, people))
        return NamedPhotos(
            photos.folder,
            tuple(photos.names[i] for i in kept),
            tuple(photos.people[i] for i in people),
            np.searchsorted(people, photos.person[kept]),
        )


def unreadable(skipped: Mapping[str, str]) -> str:
    """How many photos, and why the first of them, whose reason names it."""
    return f"{counted(len(skipped), 'photo')} cannot be read; first: {min(skipped.items())[1]}"
