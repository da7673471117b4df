"""One network trained on shares of the photos: what it reaches on those that it has learnt from and on others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from pathlib import Path
from typing import Any, Literal

import numpy as np
from answers import right_answers
from numpy.typing import NDArray
from one_network import train_one
from one_network_order import SUBNETS, Order
from trials import shortened

from facefit.cli.faces import Parts
from facefit.cli.output import Output
from facefit.cli.sources import Source
from facefit.errors import InputError
from facefit.evaluation.intervals import Correct, compare_paired, wilson_interval
from facefit.faces.dataset import LabelledFaces
from facefit.training.recipe import Recipe
from facefit.training.steps import Steps

Equal = Literal["steps", "epochs"]
CLEAR = 0.5
"""The search split holds photos on which more than half of the votes agree; so do the learnt ones beside it."""


@dataclass(frozen=True)
class Shares:
    """The largest subnet alone, from the photos of `data`, with a recipe that counts for all of them.

    With equal `steps` a share is passed over more often, so that only the photos differ; with equal `epochs` it is
    trained for less long. All begin with the weights of `start`, a run of the same network or a SuperNet, if there is
    one.
    """

    data: Path
    source: Source
    recipe: Recipe
    folder: Path
    equal: Equal
    seed: int
    start: Path | None = None

    def rows(self, parts: Parts, shares: Sequence[float]) -> list[dict[str, Any]]:
        """A row for each share, the smallest first; what is finished in the folder is not trained again."""
        rows, before = list[dict[str, Any]](), None
        for share in sorted(shares):
            row, right = self._row(parts, share)
            if before is not None:
                row["search_split"]["minus_share_before"] = compare_paired(right, before).to_json()
            rows.append(row)
            before = right
        return rows

    def _row(self, parts: Parts, share: float) -> tuple[dict[str, Any], Correct]:
        recipe = shortened(self.recipe, 1 / share if self.equal == "steps" else 1.0)
        some, learnt = with_share(parts, share, self.seed)
        folder = self.folder / f"share-{100 * share:g}"
        order = Order(SUBNETS[0], "expression", recipe, self.data, self.source, folder, self.start,
                      licence="research only", weights="float32", seed=self.seed)  # fmt: skip
        found = train_one(order, some, Output(as_json=True))
        own, others = (
            right_answers(found.net, found.net.space.largest, photos, found.statistics)
            for photos in (learnt, parts.search_split)
        )
        row = {"share": share, "photos": len(some.learning), "epochs": sum(p.epochs for p in recipe.phases),
               "steps": Steps(recipe, len(some.learning)).total, "learnt": accuracy(own),
               "search_split": accuracy(others), "learnt_minus_search_split": apart(own, others)}  # fmt: skip
        return row, others


def with_share(parts: Parts, share: float, seed: int) -> tuple[Parts, LabelledFaces]:
    """A share of the photos to learn from, and as many clear ones among them as the search split has.

    A smaller share is part of every larger one. Photos for batch-norm statistics are the first to be in it, so that
    these are the same for all shares. Raises `InputError` for photos that are not in memory.
    """
    learning = parts.learning
    if not isinstance(learning, LabelledFaces):
        raise InputError("shares are of photos that fit into memory; take fewer")
    calibration = set(parts.calibration.names)
    first = np.array([name in calibration for name in learning.names])
    order = np.lexsort((np.random.default_rng(seed).random(len(learning)), ~first))
    chosen = order[: round(share * len(learning))]
    clear = chosen[learning.targets_of(chosen).max(axis=1) > CLEAR][: len(parts.search_split)]
    some, learnt = (learning.where(np.isin(np.arange(len(learning)), places)) for places in (chosen, clear))
    kept = set(some.names)
    statistics_from = parts.calibration.where(np.array([name in kept for name in parts.calibration.names]))
    return parts._replace(learning=some, calibration=statistics_from), learnt


def accuracy(right: Correct) -> dict[str, Any]:
    return {"n": len(right), "accuracy": float(right.mean()), "interval": list(_wilson(right))}


def apart(one: Correct, other: Correct) -> dict[str, Any]:
    """Difference of two accuracies on different photos (Newcombe 1998, 'Interval estimation for the difference between
    independent proportions', method 10)."""
    means = one.mean(), other.mean()
    (low_1, high_1), (low_2, high_2) = _wilson(one), _wilson(other)
    value = float(means[0] - means[1])
    low, high = hypot(means[0] - low_1, high_2 - means[1]), hypot(high_1 - means[0], means[1] - low_2)
    return {"value": value, "interval": [value - low, value + high]}


def _wilson(right: NDArray[np.bool_]) -> tuple[float, float]:
    return wilson_interval(int(right.sum()), len(right))
