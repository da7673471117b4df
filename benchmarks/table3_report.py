"""What table 3 says: rows of figures, the table in Markdown, and the drawing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from over_seeds import mean_interval
from table3_methods import OURS, THEIRS
from table3_records import Cell, Record, TrueAccuracies

from facefit.report.drawing import calm_axes, new_figure, save_figure
from facefit.report.palette import LIGHT
from facefit.space.population import Genes

REFERENCE, MEASURED = "reference", "ours, finalists measured"
_DRAWN = {THEIRS: LIGHT.chosen, "paper": LIGHT.cloud, OURS: LIGHT.front, MEASURED: LIGHT.reference}


@dataclass(frozen=True)
class Results:
    """All searches, and the true accuracies of what they found."""

    records: Mapping[Cell, Record]
    on_search: TrueAccuracies
    on_second: TrueAccuracies
    finalists: int

    def candidates(self) -> Genes:
        """What is measured on the search split: the first of each method, all finalists of ours and references."""
        several = (OURS, REFERENCE)
        return np.concatenate([r.genes if c.method in several else r.genes[:1] for c, r in self.records.items()])

    def chosen(self) -> Genes:
        """What is measured on the second split."""
        return np.stack([row for rows in self._by_method().values() for row in rows.values()])

    def best_known(self, profile: str, limit: str) -> float:
        """Greatest accuracy on the search split of all subnets that were measured for the limit, percent."""
        rows = [
            row
            for cell, record in self.records.items()
            if (cell.profile, cell.limit) == (profile, limit)
            for row in (record.genes if cell.method in (OURS, REFERENCE) else record.genes[:1])
        ]
        return max(self.on_search.of(rows))

    def groups(self) -> dict[tuple[str, str, float, str], dict[int, Genes]]:
        """By profile, limit, share and method: what each seed found."""
        return {key: rows for key, rows in self._by_method().items() if key[3] != REFERENCE}

    def _by_method(self) -> dict[tuple[str, str, float, str], dict[int, Genes]]:
        found: dict[tuple[str, str, float, str], dict[int, Genes]] = {}
        for cell, record in self.records.items():
            key = cell.profile, cell.limit, cell.share
            best = record.genes[int(np.argmax(self.on_search.of(record.genes)))] if self._whole(cell) else None
            first = best if cell.method == REFERENCE and best is not None else record.genes[0]
            found.setdefault((*key, cell.method), {})[cell.seed] = first
            if cell.method == OURS and best is not None:
                found.setdefault((*key, MEASURED), {})[cell.seed] = best
        return found

    def _whole(self, cell: Cell) -> bool:
        return cell.method in (OURS, REFERENCE)


def summary(results: Results, latencies: Mapping[str, float]) -> list[dict[str, Any]]:
    """A row for each profile, limit, share and method; accuracies in percent, differences in points."""
    groups = results.groups()
    rows = []
    for (profile, limit, share, method), found in groups.items():
        seeds = sorted(found)
        accuracy = {"search": results.on_search.of(found[s] for s in seeds)}
        accuracy["second"] = results.on_second.of(found[s] for s in seeds)
        searched = [results.records[Cell(_searched_as(method), share, profile, limit, s)] for s in seeds]
        row: dict[str, Any] = {
            "profile": profile, "limit": limit, "share": share, "method": method, "seeds": len(seeds),
            "limit_ms": searched[0].limit_ms,
            "seconds_median": float(np.median([r.seconds for r in searched])),
            "fit_seconds_median": float(np.median([r.fit_seconds for r in searched])),
            "helped": sum(r.helped for r in searched),
            "regret_mean": results.best_known(profile, limit) - float(np.mean(accuracy["search"])),
        }  # fmt: skip
        other = groups.get((profile, limit, share, THEIRS), {})
        for split, values in accuracy.items():
            row[split] = mean_interval(values)
            measured = results.on_search if split == "search" else results.on_second
            against = dict(zip(seeds, values, strict=True))
            both = [s for s in seeds if s in other]
            theirs = measured.of(other[s] for s in both)
            if both and method != THEIRS:
                row[f"{split}_difference"] = mean_interval([against[s] - t for s, t in zip(both, theirs, strict=True)])
        timed = [latencies[key] for s in seeds if (key := f"{profile} {bytes(found[s]).hex()}") in latencies]
        if timed:
            row["measured_ms_max"] = max(timed)
        rows.append(row)
    return rows


def _searched_as(method: str) -> str:
    return OURS if method == MEASURED else method


def markdown(rows: Iterable[dict[str, Any]]) -> str:
    """One line a row; `+` marks once-for-all's searches that had to be started within the limit."""
    head = "| device | limit | labels | method | search split, % | second split, % | against once-for-all, points | regret | search, s | measured, ms (limit) |"  # noqa: E501
    lines = [head, "|" + "---|" * 10]
    for row in rows:
        mark = "+" if row["helped"] else ""
        measured = f"{row['measured_ms_max']:.3f} ({row['limit_ms']:.3f})" if "measured_ms_max" in row else ""
        cells = [
            row["profile"], row["limit"], f"{100 * row['share']:.0f} %", row["method"] + mark, _spread(row["search"]),
            _spread(row["second"]), _spread(row.get("second_difference"), signed=True), f"{row['regret_mean']:.2f}",
            f"{row['seconds_median']:.2f}", measured,
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _spread(values: tuple[float, float, float] | None, signed: bool = False) -> str:
    if values is None:
        return ""
    form = "+.2f" if signed else ".2f"
    return f"{values[0]:{form}} ({values[1]:{form}} to {values[2]:{form}})"


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Accuracy on the second split over limits, a panel for each profile, with all labels."""
    whole = [row for row in rows if row["share"] == max(r["share"] for r in rows)]
    profiles, limits = (list(dict.fromkeys(row[key] for row in whole)) for key in ("profile", "limit"))
    figure = new_figure(3.2 * len(profiles) + 0.6, 3.4)
    for panel, profile in enumerate(profiles):
        axes = figure.add_subplot(1, len(profiles), panel + 1)
        calm_axes(axes)
        axes.grid(color=LIGHT.grid, linewidth=0.7, axis="y")
        for place, (method, colour) in enumerate(_DRAWN.items()):
            own = {row["limit"]: row["second"] for row in whole if (row["profile"], row["method"]) == (profile, method)}
            at = [i for i, limit in enumerate(limits) if limit in own]
            means, lows, highs = (np.array([own[limits[i]][k] for i in at]) for k in range(3))
            x = np.array(at) + 0.16 * (place - (len(_DRAWN) - 1) / 2)
            axes.errorbar(x, means, [means - lows, highs - means], color=colour, marker="osD^"[place], capsize=2,
                          linestyle="none", label=method)  # fmt: skip
        axes.set_xticks(range(len(limits)), limits)
        axes.set_title(profile, fontsize=9.5, color=LIGHT.ink)
        axes.set_xlabel("limit, EfficientNet-B0 = 1")
        if panel == 0:
            axes.set_ylabel("accuracy on FER2013Valid, %")
            axes.legend(frameon=False, fontsize=8)
    save_figure(figure, path)
