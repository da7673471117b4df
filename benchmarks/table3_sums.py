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
    "worse": "no cell, with a quarter of the labels, against once-for-all with all",
    "loaded_search_seconds_most": "1 with loading, which benchmarks/search.py measures",
    "times_faster": 20,
    "regret_reference_mean": 0.2,
    "limits_kept": "every cell that was timed",
}
SPLITS = ("search", "second")


def sums(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of rows of `summary`, a dictionary for each method, share and labels.

    For each split: in how many cells the mean difference is at least 0, its interval above 0 ('better') or below 0
    ('worse'; all others are not worse). Times faster is once-for-all's median search time over ours, median and least
    over cells, and `loaded_search_seconds_most` the greatest of these medians, of searches with everything loaded; none
    where finalists were measured, whose seconds are not known. Regrets are means over cells, in points.
    """
    rows = list(rows)
    parts: dict[tuple[str, float, str], list[dict[str, Any]]] = {}
    for row in rows:
        parts.setdefault((row["method"], row["share"], row["labels"]), []).append(row)
    theirs = {_cell(row): row["seconds_median"] for row in rows if row["method"] == THEIRS}
    return [
        {"method": method, "share": share, "labels": labels, "cells": len(part)}
        | {split: _differences([row[f"{split}_difference"] for row in part]) for split in SPLITS}
        | {f"{key}_mean": float(np.mean([row[key] for row in part])) for key in ("regret", "regret_reference")}
        | {"regret_reference_second_mean": float(np.mean([row["regret_reference_second"] for row in part]))}
        | _speed([(row["seconds_median"], theirs.get(_cell(row))) for row in part])
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


def _speed(seconds: Sequence[tuple[float | None, float | None]]) -> dict[str, float | None]:
    """Of pairs, a row's seconds and once-for-all's."""
    known = [own for own, _ in seconds if own is not None]
    ratios = [theirs / own for own, theirs in seconds if own is not None and theirs is not None]
    return {
        "loaded_search_seconds_most": max(known, default=None),
        "times_faster_median": float(np.median(ratios)) if ratios else None,
        "times_faster_least": min(ratios, default=None),
    }


def _kept(verdicts: Sequence[bool | None]) -> dict[str, int]:
    known = [verdict for verdict in verdicts if verdict is not None]
    return {"limits_timed": len(known), "limits_kept": sum(known)}


def markdown_sums(found: Iterable[dict[str, Any]], against: str) -> str:
    """One line a method and part of the labels."""
    head = (
        f"| method | labels | against {against}, search split: at least equal, better, worse | second split "
        "| regret to the reference search, points | to the best known | loaded search, s, at most "
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
        figures = [f"{one['regret_mean']:.2f}", told_seconds(one["loaded_search_seconds_most"]), faster, kept]
        named = [one["method"], labels_text(one), *splits, regret, *figures]
        lines.append("| " + " | ".join(named) + " |")
    return "\n".join(lines) + (
        f"\n\n'{MEASURED}': as `facefit fit --finalists` chooses; how long measuring takes is not counted, so no "
        "seconds are told. Others are of loaded searches; `benchmarks/search.py` tells those with loading.\n"
    )


def told_seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.2f}"


def labels_text(row: dict[str, Any]) -> str:
    """What a row learns from, in words."""
    return f"{100 * row['share']:.0f} %" if row["labels"] == "all" else str(row["labels"])
