"""What table 3 says: rows of figures, and the table in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from table3_intervals import INTERVAL, PhotosAndSeeds, Points
from table3_records import Cell, Row
from table3_results import MEASURED, Results
from table3_sums import labels_text, told_seconds

from facefit.space.budget import keeps_limit
from facefit.space.population import Genes

_HANDED_OVER = (
    "Where latencies are told, each method hands over by the rule of `facefit fit`: the first of its four best "
    "finalists that is within the limit in a first timing and keeps it (to 3 %) in a second; where none does, it "
    "searches again more tightly, three times at most, and then the first that was within the limit once stands, or "
    "the fastest. Accuracies are of that subnet, seconds of the first search. "
    "Once-for-all's finalists are the best of all that its evolution rated; dynamic programming has one. The latency "
    "told is the slowest seed's in a third timing, by which nothing was chosen. Kept: every seed had a finalist within "
    "the limit twice, and the third timing is at most 3 % above it. Where no latency is told, the search's first is "
    "handed over."
)


def summary(results: Results, keep: Callable[[Row], bool], against: Callable[[Row], Row]) -> list[dict[str, Any]]:
    """A dictionary for each row that is kept; accuracies in percent, differences and regrets in points.

    Differences are to the row that `against` names, where that is another one and there is one.
    """
    rows = results.rows()
    intervals = PhotosAndSeeds(results.on_search.n), PhotosAndSeeds(results.on_second.n)
    splits = {"search": (results.on_search, intervals[0]), "second": (results.on_second, intervals[1])}
    told = []
    for row, found in rows.items():
        if not keep(row):
            continue
        other = {} if against(row) == row else rows.get(against(row), {})
        seeds, both = sorted(found), sorted(found.keys() & other.keys())
        facts = asdict(row) | {"seeds": len(seeds)} | _searched(results, row, seeds)
        for split, (answers, interval) in splits.items():
            right = answers.right(found[seed] for seed in seeds)
            facts[split] = interval.mean(right)
            paired = [answers.right(of[seed] for seed in both).astype(int) for of in (found, other)] if both else []
            facts[f"{split}_difference"] = interval.mean(paired[0] - paired[1]) if paired else None
        told.append(facts | _regrets(results, row, facts) | _timed(results, row, found, facts["limit_ms"]))
    return told


def on_all_labels(method: str, row: Row) -> Row:
    """What a row of the table is compared with, however few labels it learns from itself."""
    return replace(row, method=method, share=1.0)


def _searched(results: Results, row: Row, seeds: list[int]) -> dict[str, Any]:
    searched = [results.record(row, seed) for seed in seeds]
    return {
        "limit_ms": searched[0].limit_ms,
        # Those of measuring finalists are not known of each search: subnets that several found are measured once.
        "seconds_median": None if row.method == MEASURED else float(np.median([r.seconds for r in searched])),
        "fit_seconds_median": float(np.median([record.fit_seconds for record in searched])),
        "helped": sum(record.helped for record in searched),
    }


def _regrets(results: Results, row: Row, facts: dict[str, Any]) -> dict[str, float]:
    """Against the best known and the best of the reference search on the search split, which both were chosen on, and
    against the latter on the second split, which nothing was chosen on."""
    reference = [results.reference(row.profile, row.limit)]
    return {
        "regret": results.best_known(row.profile, row.limit) - facts["search"][0],
        "regret_reference": float(results.on_search.percent(reference)[0]) - facts["search"][0],
        "regret_reference_second": float(results.on_second.percent(reference)[0]) - facts["second"][0],
    }


def _timed(results: Results, row: Row, found: dict[int, Genes], limit_ms: float) -> dict[str, Any]:
    """The slowest of the seeds by a timing after the choice, and for how many seeds no finalist kept the limit while it
    was chosen; the limit is kept where that is none and the slowest keeps it. None where not all were timed."""
    given = [results.handed_over.get(Cell(row, seed)) for seed in found]
    ms = [results.judged_ms.get((row.profile, bytes(genes))) for genes in found.values()]
    known = [(one, slow) for one, slow in zip(given, ms, strict=True) if one is not None and slow is not None]
    if len(known) < len(found):
        return {"measured_ms_max": None, "limit_missed_in_choice": None, "limit_kept": None}
    missed, slowest_ms = sum(not one.kept for one, _ in known), max(slow for _, slow in known)
    kept = missed == 0 and keeps_limit(slowest_ms, limit_ms)
    return {"measured_ms_max": slowest_ms, "limit_missed_in_choice": missed, "limit_kept": kept}


def markdown(rows: Iterable[dict[str, Any]], against: str) -> str:
    """One line a row; `+` marks once-for-all's searches that had to be started within the limit."""
    head = (
        f"| device | limit | labels | method | search split, % | second split, % | against {against}, search split, "
        "points | second split, points | regret, points | search, s | measured, ms (limit) | limit kept |"
    )
    lines = [head, "|" + "---|" * 12]
    for row in rows:
        mark = "+" if row["helped"] else ""
        timed = row["limit_kept"] is not None
        cells = [
            row["profile"], row["limit"], labels_text(row), row["method"] + mark, _spread(row["search"]),
            _spread(row["second"]), _spread(row["search_difference"], signed=True),
            _spread(row["second_difference"], signed=True), f"{row['regret']:.2f}", told_seconds(row["seconds_median"]),
            f"{row['measured_ms_max']:.3f} ({row['limit_ms']:.3f})" if timed else "",
            ("yes" if row["limit_kept"] else "no") if timed else "",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + f"\n\nIntervals: {INTERVAL}. {_HANDED_OVER}\n"


def _spread(values: Points | None, signed: bool = False) -> str:
    if values is None:
        return ""
    form = "+.2f" if signed else ".2f"
    return f"{values[0]:{form}} ({values[1]:{form}} to {values[2]:{form}})"
