"""A list of people to leave out of training, for `facefit train --exclude-people`: those of a protocol by their names,
and people who look like one of them to a teacher.

Numbers cannot be compared with names, and a name may be written in two ways, or stand at a photo of somebody else. A
person is the mean of the teacher's descriptors of all their photos (of `benchmarks/teacher.py`); a numbered one nearer
than `--distance` to somebody of the protocol is left out, and a named one nearer than `--named-distance`: most of those
farther away are others. Two photos of one person lie within 0.6 by the account of dlib's author; means of several lie
closer.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from machine import machine
from numpy.typing import NDArray

from facefit.artifacts import write_bytes
from facefit.errors import FacefitError, InputError
from facefit.faces.people import read_people, without_people
from facefit.faces.portraits import person_of
from facefit.faces.teacher import Teacher
from facefit.weights.people import is_number

DISTANCE, NAMED_DISTANCE = 0.4, 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("teacher", type=Path, help="its descriptors of all photos, the protocol's too")
    parser.add_argument("subjects", type=Path, help="the protocol's people, a name a line: lfw-ytf-596-subjects.txt")
    parser.add_argument("--distance", type=float, default=DISTANCE, help="nearer is taken for the same person")
    parser.add_argument("--named-distance", type=float, default=NAMED_DISTANCE, help="the same for people with names")
    parser.add_argument("--out", "-o", type=Path, required=True, help="the list, a name a line")
    args = parser.parse_args()
    try:
        subjects = list(dict.fromkeys(read_people(args.subjects)))
        alike = look_alikes(Teacher.load(args.teacher), subjects, args.distance, args.named_distance)
        write_bytes(args.out, "".join(f"{name}\n" for name in (*subjects, *sorted(alike))).encode())
    except FacefitError as error:
        sys.exit(f"error: {error}")
    facts = {"people": len(subjects) + len(alike), "alike": alike, "distance": args.distance,
             "named_distance": args.named_distance}  # fmt: skip
    print(json.dumps(facts | {"machine": machine()}))


def look_alikes(
    teacher: Teacher, subjects: Sequence[str], distance: float = DISTANCE, named_distance: float = NAMED_DISTANCE
) -> dict[str, float]:
    """People nearer than their distance to one of the subjects, and how near. Whom they look like is not told.

    Raises `InputError` if the teacher saw none of the subjects, or nobody else.
    """
    people, mean = _means(teacher)
    others = set(without_people(people.tolist(), subjects))
    stranger = np.array([name in others for name in people])
    if stranger.all() or not stranger.any():
        raise InputError(
            f"the teacher describes {(~stranger).sum()} of {len(subjects)} people to leave out and {stranger.sum()} "
            f"others; expected both: let it describe one folder with all of them"
        )
    nearest = np.linalg.norm(mean[stranger][:, None] - mean[~stranger][None], axis=2).min(axis=1)
    return {
        name: round(near, 3)
        for name, near in zip(people[stranger].tolist(), nearest.tolist(), strict=True)
        if near < (distance if is_number(name) else named_distance)
    }


def _means(teacher: Teacher) -> tuple[NDArray[np.str_], NDArray[np.float32]]:
    """People and the mean of each one's descriptors, float32 (people, d)."""
    people, person = np.unique([person_of(name) for name in teacher.names], return_inverse=True)
    return people, np.stack([teacher.descriptors[person == i].mean(axis=0) for i in range(len(people))])


if __name__ == "__main__":
    main()
