"""Recipes beside each other: accuracies with intervals, and differences to one of them on the same photos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from crossed import crossed_mean, told
from numpy.typing import NDArray
from recipe_run import Finished

from facefit.errors import InputError
from facefit.evaluation.bootstrap import Estimate

RANDOM = "random weights"
WHO = ("largest", "smallest", "random")


def compared(runs: Sequence[Sequence[Finished]], against: str) -> list[dict[str, Any]]:
    """A row for each recipe, of which there is a run for each seed, best mean over random subnets first.

    Intervals are over photos, and over seeds where there are several; for the mean of the random subnets of a single
    seed over these subnets.
    """
    named = {of_seeds[0].trial.name: of_seeds for of_seeds in runs}
    tables = {name: _answers(of_seeds) for name, of_seeds in named.items()}
    rows = []
    for name, found in named.items():
        table, first = tables[name], found[0].trial
        if table["largest"].shape != tables[against]["largest"].shape:
            raise InputError(f"{name} was asked for other photos than {against}; use another --out")
        row = found[0].row | {
            "recipe": name, "about": first.settings["about"], "labels": first.settings["labels"],
            "start": str(first.start) if first.start else None,
            "seeds": [one.trial.seed for one in found], "search_split_n": table["largest"].shape[1],
            "seconds_since_resumed": [one.row["seconds_since_resumed"] for one in found],
        }  # fmt: skip
        row["random_min"] = float(min(one.answers["random"].mean(axis=1).min() for one in found))
        for who in WHO:
            single = who == "random" and len(found) == 1
            row[who] = crossed_mean(found[0].answers[who] if single else table[who]).to_json()
            row[who][f"minus_{against}"] = crossed_mean(table[who] - tables[against][who]).to_json()
        rows.append(row)
    return sorted(rows, key=lambda row: -float(row["random"]["value"]))


def _answers(runs: Sequence[Finished]) -> dict[str, NDArray[np.float64]]:
    """Float (seeds, n) for each of `WHO`; of random subnets the share that is right."""
    return {who: np.stack([np.atleast_2d(run.answers[who]).mean(axis=0) for run in runs]) for who in WHO}


def markdown(rows: Sequence[dict[str, Any]], against: str, start: str) -> str:
    """The table for the docs; percent, and points of difference; `start` says what rows begin with that have one."""
    titles = ("largest", "smallest", "mean of random subnets")
    columns = [cell for title in titles for cell in (f"{title}, %", f"minus {against}")]
    lines = [f"| recipe | compute | {' | '.join(columns)} |", "|" + "---|" * (2 + len(columns))]
    for row in rows:
        cells = [row["about"], f"{row['compute_epochs']:.1f}"]
        for who in WHO:
            cells += [told(_estimate(row[who])), "" if row["recipe"] == against else _difference(row[who], against)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"{_begun(rows, start)} {_caution(rows)}"])


def _begun(rows: Sequence[dict[str, Any]], start: str) -> str:
    others = [f'"{row["about"]}"' for row in rows if row["start"] is None]
    if len(others) in (0, len(rows)):
        return f"All begin with {RANDOM if others else start}."
    return f"{' and '.join(others)}: from {RANDOM}; all others begin with {start}."


def _caution(rows: Sequence[dict[str, Any]]) -> str:
    """What the intervals leave out."""
    single = len(rows[0]["seeds"]) == 1
    said = ["One seed: what seeds differ by is unknown."] if single else []
    if len(rows) > 1:
        said.append(f"The best of {len(rows)} rows is flattered: it is picked by the photos that it is judged on.")
    return " ".join(said)


def _difference(figure: dict[str, Any], against: str) -> str:
    return told(_estimate(figure[f"minus_{against}"]), sign="+")


def _estimate(figure: dict[str, Any]) -> Estimate:
    return Estimate(figure["value"], tuple(figure["interval"]))
