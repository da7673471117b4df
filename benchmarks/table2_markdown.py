"""The rows of `table2.py` as tables for the docs: figures of each network, and its differences to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

VIEWS = ("aligned", "cropped")
Row = Mapping[str, Any]


def markdown(rows: Sequence[Row], against: Sequence[str]) -> str:
    tables = _figures(rows), _differences(rows, against), _differences(rows, against, "person_mean_")
    return "\n\n".join(tables)


def _figures(rows: Sequence[Row]) -> str:
    titles = ["network", *(title for view in VIEWS for title in (f"{view}, %", "median")), "cropped minus aligned"]
    lines = _head([*titles, "the same, mean over people", "latency", "parameters", "file"])
    for row in rows:
        cells = [row["network"]]
        for view in VIEWS:
            cells += [percent(row[view]), percent(row[view]["median"])]
        cells += [percent(row.get(f"{kind}cropped_minus_aligned"), sign="+") for kind in ("", "person_mean_")]
        cells.append(_latency(row))
        cells.append("" if row["parameters"] is None else f"{row['parameters'] / 1e6:.2f} M")
        lines.append(_line([*cells, f"{row['size_bytes'] / 1e6:.1f} MB"]))
    return "\n".join(lines)


def _differences(rows: Sequence[Row], against: Sequence[str], kind: str = "") -> str:
    """Points, on the same probes and galleries; of accuracies, or of means over people (`person_mean_`)."""
    of = ", mean over people" if kind else ""
    lines = _head(["network", *(f"{view} minus {other}{of}" for other in against for view in VIEWS)])
    for row in rows:
        cells = [
            "" if row["network"] == other else percent(row[view].get(f"{kind}minus_{other}"), sign="+")
            for other in against
            for view in VIEWS
        ]
        lines.append(_line([row["network"], *cells]))
    return "\n".join(lines)


def _latency(row: Row) -> str:
    if row["latency_ratio"] is None:
        return "not timed"
    low, high = row["latency_ratio_interval"]
    return f"{row['latency_ratio']:.2f}x ({low:.2f} to {high:.2f})"


def percent(figure: Mapping[str, Any] | None, sign: str = "") -> str:
    """Empty for a figure that rows from earlier on lack."""
    if figure is None:
        return ""
    low, high = figure["interval"]
    return f"{100 * figure['value']:{sign}.2f} ({100 * low:{sign}.2f} to {100 * high:{sign}.2f})"


def _head(titles: Sequence[str]) -> list[str]:
    return [_line(titles), "|" + "---|" * len(titles)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
