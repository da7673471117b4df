"""Whether one network recognises more than another: both on the same probes and galleries, people resampled."""

from __future__ import annotations

import numpy as np

from facefit.errors import InputError
from facefit.evaluation.bootstrap import Estimate, estimate, resampled_counts
from facefit.evaluation.identification import Recognised


def accuracy_difference(one: Recognised, other: Recognised, seed: int = 0) -> Estimate:
    """Accuracy of one minus that of the other, mean over repeats, with its 95 % interval over people.

    What both find easy or hard cancels out, so this interval is narrower than those of the two accuracies tell. Raises
    `InputError` if they were not asked the same.
    """
    if not np.array_equal(one.probes, other.probes):
        raise InputError("two networks were not asked for the same people; judge them with the same seed and repeats")
    people = one.probes.shape[1]
    weights = np.vstack([np.ones(people), resampled_counts(people, np.random.default_rng(seed))])  # first: as it is
    more = (one.right - other.right).astype(np.float64)
    differences = ((weights @ more.T) / np.maximum(weights @ one.probes.T, 1)).mean(axis=1)
    return estimate(differences[0], differences[1:])
