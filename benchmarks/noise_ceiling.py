"""What label noise allows at best: how well labels on one half of the search split agree with those on the other.

A label says how many photos of the search split a subnet got right, not which. So subnets are labelled again, photo by
photo, and halves are made of photos taken in turn. The correlation r of the halves gives that of whole labels with the
accuracy on endless photos, sqrt(2 r / (1 + r)) (Spearman 1910, Brown 1910); for normal accuracies tau is
2 / pi arcsin of it, and (1 + tau) / 2 the share of pairs in order. A surrogate that learns from labels on the very same
photos may know some of their noise, and so lie above this ceiling when judged on them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from table3_answers import Answers, PhotoWork

from facefit.cli.output import progress_bar
from facefit.labels.labelling import ALONE
from facefit.space.population import Genes

LEAST_IN_BAND = 20


def ceilings(
    work: PhotoWork, whole: Genes, banded: Genes, band: NDArray[np.intp], bands: int, folder: Path
) -> dict[str, Any]:
    """Has subnets answer the photos, kept in the folder, and says what follows from the agreement of both halves: of
    `whole` for the space, and of `banded`, whose bands are numbered by `band`, for each band with enough of them."""
    answers, genes = Answers(work, folder / "answers.jsonl", ALONE), np.concatenate([whole, banded])
    with progress_bar(f"labelling {len(genes)} subnets photo by photo") as report:
        answers.measure(genes, report)

    def of(rows: Genes) -> dict[str, float]:
        right = answers.right(rows)
        return ceiling_of(right[:, ::2].mean(axis=1), right[:, 1::2].mean(axis=1))

    several = [banded[band == number] for number in range(bands)]
    in_bands = [of(rows) if len(rows) >= LEAST_IN_BAND else None for rows in several]
    known = [one["kendall_tau"] for one in in_bands if one]
    found: dict[str, Any] = {**of(whole), "bands": in_bands}
    if known:
        found["kendall_tau_in_bands"] = float(np.mean(known))
    return found


def ceiling_of(first: np.ndarray, second: np.ndarray) -> dict[str, float]:
    """From accuracies on the two halves, (n,) each."""
    agreement = float(np.corrcoef(first, second)[0, 1])
    reliability = max(2 * agreement / (1 + agreement), 0.0)
    tau = 2 / np.pi * float(np.arcsin(min(reliability**0.5, 1.0)))
    return {
        "subnets": len(first),
        "correlation_of_halves": agreement,
        "reliability": reliability,
        "kendall_tau": tau,
        "pair_accuracy": (1 + tau) / 2,
    }


def binomial_noise_points(accuracy: np.ndarray, n: int) -> float:
    """Standard deviation of labels in points if photos were drawn anew for each subnet: an upper bound of their noise,
    since subnets see the same photos and most of them agree on most."""
    return float(100 * np.sqrt(np.mean(accuracy * (1 - accuracy)) / n))
