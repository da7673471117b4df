"""What label noise allows at best: how well labels on one half of the search split agree with those on the other.

A label says how many photos of the search split a subnet got right, not which. So subnets are labelled again on the two
halves of the split, photo by photo taken in turn. The correlation r of the halves gives that of whole labels with the
accuracy on endless photos, sqrt(2 r / (1 + r)) (Spearman 1910, Brown 1910); for normal accuracies tau is
2 / pi arcsin of it, and (1 + tau) / 2 the share of pairs in order. A surrogate that learns from labels on the very same
photos may know some of their noise, and so lie above this ceiling when judged on them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from table3_records import TrueAccuracies

from facefit.cli.output import progress_bar
from facefit.labels.labelling import ALONE
from facefit.labels.workers import Work
from facefit.space.population import Genes


def ceiling(work: Work, genes: Genes, folder: Path) -> dict[str, float]:
    """Labels `genes` on both halves, kept in the folder, and says what follows from their agreement."""
    turn = np.arange(len(work.search_split)) % 2
    halves = []
    for half in (0, 1):
        part = replace(work, search_split=work.search_split.where(turn == half))
        accuracies = TrueAccuracies(part, folder / f"half{half}.parquet", ALONE)
        with progress_bar(f"labelling {len(genes)} subnets on half {half + 1}") as report:
            accuracies.measure(genes, report)
        halves.append(np.array(accuracies.of(genes)))
    return ceiling_of(halves[0], halves[1])


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
