"""Whose face it is: nearest neighbour among one photo of each person (the paper's protocol, section 4, table 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.evaluation.bootstrap import Estimate, estimate, independent_units, not_narrower, resampled_counts
from facefit.evaluation.looked_at import PhotoFacts
from facefit.evaluation.photos import DescribedPhotos
from facefit.faces.held_out_people import galleries

REPEATS = 5
"""As in the paper's text; its notebook has ten."""
_NO_FACTS = PhotoFacts()


@dataclass(frozen=True, slots=True, eq=False)
class Recognised:
    """Probes of each person that were recognised, and all of them, in each repeat: int (repeats, people)."""

    right: NDArray[np.int64]
    probes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class IdentificationResult:
    """Shares in 0..1 with intervals over people (bootstrap of people, who are the independent units), which are not
    narrower than Wilson's for `independent_units` of them.

    `accuracy` is the mean over repeats, `deviation` and `median` are over repeats too: a mislabelled photo in one of
    the galleries drags the mean, not the median. `person_mean` gives every person the same weight, however many
    photos there are of them. `without_face` counts photos in which no face was found; as probes they are errors, and
    in a gallery they match nobody.
    """

    protocol: str
    n: int
    people: int
    probes: int
    accuracies: tuple[float, ...]
    accuracy: Estimate
    deviation: Estimate
    median: Estimate
    person_mean: Estimate
    without_face: int
    facts: PhotoFacts

    def to_json(self) -> dict[str, Any]:
        """`n` counts photos, `probes` those of one repeat; `accuracy` and `interval` are plain numbers."""
        return {
            "protocol": self.protocol,
            "n": self.n,
            "people": self.people,
            "probes": self.probes,
            "accuracy": self.accuracy.value,
            "interval": list(self.accuracy.interval),
            "accuracies": list(self.accuracies),
            "deviation": self.deviation.to_json(),
            "median": self.median.to_json(),
            "person_mean": self.person_mean.to_json(),
            "without_face": self.without_face,
        } | self.facts.to_json()


def identify(
    probes: DescribedPhotos,
    person: NDArray[np.int64],
    repeats: int = REPEATS,
    seed: int = 0,
    gallery: DescribedPhotos | None = None,
) -> Recognised:
    """In each repeat a random photo of each person is the gallery, and all others are looked up in it.

    `person`, int (n,), says who is on each photo, counted from 0 without gaps. With `gallery`, the photos of the
    gallery are described by it and the others by `probes`. Raises `InputError` if there is nothing to look up.
    """
    if repeats < 1 or len(np.unique(person)) in (0, 1, len(person)):
        raise InputError(f"{len(person)} photos, {repeats} repeats: expected several people with several photos each")
    kept, people = gallery or probes, int(person.max()) + 1
    right, counts = np.zeros((repeats, people), np.int64), np.zeros((repeats, people), np.int64)
    for repeat, (chosen, others) in enumerate(galleries(person, repeats, seed)):
        cosine = probes.descriptors[others] @ kept.descriptors[chosen].T
        cosine[:, ~kept.found[chosen]] = -np.inf
        hits = (cosine.argmax(axis=1) == person[others]) & probes.found[others] & np.isfinite(cosine.max(axis=1))
        counts[repeat] = np.bincount(person[others], minlength=people)
        right[repeat] = np.bincount(person[others], hits, minlength=people)
    return Recognised(right, counts)


def summarise(
    recognised: Recognised, protocol: str, photos: DescribedPhotos, seed: int = 0, facts: PhotoFacts = _NO_FACTS
) -> IdentificationResult:
    """Figures and their intervals; `facts` are told with them."""
    right, probes = recognised.right.astype(np.float64), recognised.probes.astype(np.float64)
    people = right.shape[1]
    weights = np.vstack([np.ones(people), resampled_counts(people, np.random.default_rng(seed))])  # first: as it is
    by_repeat = (weights @ right.T) / np.maximum(weights @ probes.T, 1)
    shares = right.sum(axis=0) / np.maximum(probes.sum(axis=0), 1)
    units = independent_units(shares)
    deviation = by_repeat.std(axis=1, ddof=1 if len(right) > 1 else 0)
    figures = {
        "accuracy": by_repeat.mean(axis=1),
        "median": np.median(by_repeat, axis=1),
        "person_mean": weights @ shares / weights.sum(axis=1),
    }
    return IdentificationResult(
        protocol=protocol,
        n=len(photos.found),
        people=people,
        probes=int(probes[0].sum()),
        accuracies=tuple(by_repeat[0].tolist()),
        without_face=int((~photos.found).sum()),
        facts=facts,
        deviation=estimate(deviation[0], deviation[1:]),
        **{name: not_narrower(estimate(values[0], values[1:]), units) for name, values in figures.items()},
    )
