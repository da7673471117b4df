"""How loss and accuracy went over the epochs of a training run, from the metrics that it keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from facefit.artifacts import read_bytes
from facefit.errors import ArtifactError

METRICS = "metrics.jsonl"
NO_ACCURACIES = ("phase", "epoch", "step", "loss", "time", "damaged_images")
LATE = 0.75
Rows = Sequence[Mapping[str, Any]]


def epochs_of(run: Path) -> dict[str, Any]:
    """`rows`, an epoch each with `phase`, `epoch`, `step`, `loss` and accuracies on the search split in 0..1 by whose
    they are; `late_points`, what the last quarter of the last phase's steps brought to each, in points: phases name
    different subnets largest and smallest.

    Raises `InputError` for a folder without metrics, `ArtifactError` where they are damaged.
    """
    path = run / METRICS
    try:
        rows = [json.loads(line) for line in read_bytes(path, "metrics of a training run").splitlines()]
        *earlier, phase = by_phase(rows)
        first, last = earlier[-1][-1]["step"] if earlier else 0, phase[-1]
        before = [row for row in phase if row["step"] - first <= LATE * (last["step"] - first)]
        late = {who: 100 * (last[who] - before[-1][who]) for who in accuracies(rows)} if before else {}
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ArtifactError(f"{path}: no metrics of epochs ({error}); expected those of a training run") from error
    kept = [{key: value for key, value in row.items() if key != "time"} for row in rows]
    return {"rows": kept, "late_points": late}


def by_phase(rows: Rows) -> list[Rows]:
    """The epochs of each phase: only among them accuracies are those of the same subnets."""
    return [list(group) for _, group in groupby(rows, lambda row: row["phase"])]


def accuracies(rows: Rows) -> list[str]:
    """Whose accuracies all epochs tell."""
    return [key for key in rows[-1] if key not in NO_ACCURACIES and all(key in row for row in rows)]


def epochs_markdown(curves: Mapping[str, Mapping[str, Any]]) -> str:
    """Every epoch of every run, and what the last quarter of its last phase's steps brought."""
    tables = []
    for name, curve in curves.items():
        rows, whose = curve["rows"], accuracies(curve["rows"])
        titles = ["phase", "epoch", "steps", "loss", *(f"{who}, search split, %" for who in whose)]
        lines = [f"{name}:", "", f"| {' | '.join(titles)} |", "|" + "---|" * len(titles)]
        for row in rows:
            cells = [row["phase"] + 1, row["epoch"], row["step"], f"{row['loss']:.4f}"]
            lines.append(f"| {' | '.join(map(str, [*cells, *(f'{100 * row[who]:.2f}' for who in whose)]))} |")
        late = ", ".join(f"{who} {points:+.2f} points" for who, points in curve["late_points"].items())
        tables.append(
            "\n".join([*lines, "", f"The last quarter of the last phase's steps brought: {late or 'not known'}.", ""])
        )
    return "\n".join(tables)
