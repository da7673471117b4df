"""What table 3 has to show in the end: a line for each method and each part of the labels, over all cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from table3_methods import THEIRS
from table3_results import MEASURED

WANTED = {
    "at_least_equal": "every cell, with all labels",
    "better": "half of the cells, with all labels",
    "worse": "no cell, with a quarter of the labels",
    "seconds_most": 1,
    "times_faster": 20,
    "regret_reference_mean": 0.2,
    "limits_kept": "every cell that was timed",
}
SPLITS = ("search", "second")


def sums(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of rows of `summary`, a dictionary for each method, share and labels.

    For each split: in how many cells the mean difference is at least 0, its interval above 0 ('better') or below 0
    ('worse'; all others are not worse). Times faster is once-for-all's median search time over ours, median and least
    over cells, and `seconds_most` the greatest of these medians. Regrets are means over cells, in points.
    """
    rows = list(rows)
    parts: dict[tuple[str, float, str], list[dict[str, Any]]] = {}
    for row in rows:
        parts.setdefault((row["method"], row["share"], row["labels"]), []).append(row)
    seconds = {_cell(row): row["seconds_median"] for row in rows if row["method"] == THEIRS}
    return [
        {"method": method, "share": share, "labels": labels, "cells": len(part)}
        | {split: _differences([row[f"{split}_difference"] for row in part]) for split in SPLITS}
        | {f"{key}_mean": float(np.mean([row[key] for row in part])) for key in ("regret", "regret_reference")}
        | {"regret_reference_second_mean": float(np.mean([row["regret_reference_second"] for row in part]))}
        | {"seconds_most": max(row["seconds_median"] for row in part)}
        | _faster([seconds[_cell(row)] / row["seconds_median"] for row in part if _cell(row) in seconds])
        | _kept([row["limit_kept"] for row in part])
        for (method, share, labels), part in parts.items()
    ]


def _cell(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["profile"], row["limit"], row["share"], row["labels"]


def _differences(differences: Sequence[tuple[float, float, float] | None]) -> dict[str, int]:
    known = [difference for difference in differences if difference is not None]
    return {
        "compared": len(known),
        "at_least_equal": sum(mean >= 0 for mean, _, _ in known),
        "better": sum(low > 0 for _, low, _ in known),
        "worse": sum(high < 0 for _, _, high in known),
    }


def _faster(ratios: Sequence[float]) -> dict[str, float | None]:
    if not ratios:
        return {"times_faster_median": None, "times_faster_least": None}
    return {"times_faster_median": float(np.median(ratios)), "times_faster_least": float(min(ratios))}


def _kept(verdicts: Sequence[bool | None]) -> dict[str, int]:
    known = [verdict for verdict in verdicts if verdict is not None]
    return {"limits_timed": len(known), "limits_kept": sum(known)}


def markdown_sums(found: Iterable[dict[str, Any]], against: str) -> str:
    """One line a method and part of the labels."""
    head = (
        f"| method | labels | against {against}, search split: at least equal, better, worse | second split "
        "| regret to the reference search, points | to the best known | search, s, at most "
        "| times faster: median, least | limits kept |"
    )
    lines = [head, "|" + "---|" * 9]
    for one in found:
        splits = [
            f"{n['at_least_equal']}, {n['better']}, {n['worse']} of {n['compared']}" if n["compared"] else ""
            for n in (one[split] for split in SPLITS)
        ]
        regret = f"{one['regret_reference_mean']:.2f}; second split {one['regret_reference_second_mean']:.2f}"
        least = one["times_faster_least"]
        faster = "" if least is None or one["method"] == THEIRS else f"{one['times_faster_median']:.0f}, {least:.0f}"
        kept = f"{one['limits_kept']} of {one['limits_timed']}" if one["limits_timed"] else ""
        figures = [f"{one['regret_mean']:.2f}", f"{one['seconds_most']:.2f}", faster, kept]
        named = [one["method"], labels_text(one), *splits, regret, *figures]
        lines.append("| " + " | ".join(named) + " |")
    return "\n".join(lines) + f"\n\n'{MEASURED}': as `facefit fit --finalists` chooses.\n"


def labels_text(row: dict[str, Any]) -> str:
    """What a row learns from, in words."""
    return f"{100 * row['share']:.0f} %" if row["labels"] == "all" else str(row["labels"])
