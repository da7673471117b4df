"""Whether one network recognises more than another: both on the same probes and galleries, people resampled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.evaluation.bootstrap import Estimate, estimate, resampled_counts
from facefit.evaluation.identification import Recognised


def accuracy_difference(one: Recognised, other: Recognised, seed: int = 0) -> Estimate:
    """Accuracy of one minus that of the other, mean over repeats, with its 95 % interval over people.

    What both find easy or hard cancels out, so this interval is narrower than those of the two accuracies tell. Raises
    `InputError` if they were not asked the same.
    """
    weights, more = _weights(one, other, seed), _more(one, other)
    differences = ((weights @ more.T) / np.maximum(weights @ one.probes.T, 1)).mean(axis=1)
    return estimate(differences[0], differences[1:])


def person_mean_difference(one: Recognised, other: Recognised, seed: int = 0) -> Estimate:
    """The same of means over people, in which everybody counts alike, however many photos there are of them."""
    weights = _weights(one, other, seed)
    by_person = _more(one, other).sum(axis=0) / np.maximum(one.probes.sum(axis=0), 1)
    differences = weights @ by_person / weights.sum(axis=1)
    return estimate(differences[0], differences[1:])


def _weights(one: Recognised, other: Recognised, seed: int) -> NDArray[np.float64]:
    """How often each person counts, (replicates + 1, people); first, all as they are."""
    if not np.array_equal(one.probes, other.probes):
        raise InputError("two networks were not asked for the same people; judge them with the same seed and repeats")
    people = one.probes.shape[1]
    return np.vstack([np.ones(people), resampled_counts(people, np.random.default_rng(seed))])


def _more(one: Recognised, other: Recognised) -> NDArray[np.float64]:
    """How many more probes one recognises, (repeats, people)."""
    return (one.right - other.right).astype(np.float64)
