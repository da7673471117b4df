"""Who was taken for whom: probes that were not recognised, and their nearest neighbours in the gallery."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from facefit.evaluation.lfw import Recognition
from facefit.faces.held_out_people import galleries

NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A photo of the gallery, by its index among the photos, and its cosine to the probe."""

    photo: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Mistake:
    """A photo that was taken for somebody else in `times` of the repeats; neighbours are those of the first such one:
    the nearest, nearest first, and the photo of the right person."""

    probe: int
    times: int
    nearest: tuple[Neighbour, ...]
    own: Neighbour


def find_mistakes(recognition: Recognition, limit: int = 20) -> tuple[list[Mistake], int]:
    """The mistakes made most often, of those the clearest first, and how many photos were ever mistaken.

    Photos without a face are not among them: nobody was taken for anybody.
    """
    person, described = recognition.photos.person, recognition.described
    first: dict[int, Mistake] = {}
    times: dict[int, int] = {}
    for known, others in galleries(person, len(recognition.recognised.right), recognition.seed):
        cosine = described.descriptors[others] @ described.descriptors[known].T
        cosine[:, ~described.found[known]] = -np.inf
        wrong = (cosine.argmax(axis=1) != person[others]) & described.found[others]
        for row in np.flatnonzero(wrong).tolist():
            probe = int(others[row])
            times[probe] = times.get(probe, 0) + 1
            if probe not in first:
                order = np.argsort(-cosine[row], kind="stable")[:NEIGHBOURS].tolist()
                nearest = tuple(Neighbour(int(known[i]), float(cosine[row, i])) for i in order)
                place = int(person[probe])
                first[probe] = Mistake(probe, 0, nearest, Neighbour(int(known[place]), float(cosine[row, place])))
    found = [Mistake(m.probe, times[m.probe], m.nearest, m.own) for m in first.values()]
    found.sort(key=lambda m: (-m.times, m.own.similarity - m.nearest[0].similarity))
    return found[:limit], len(found)
