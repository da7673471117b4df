"""Files for expressions beside each other: accuracy on FER2013Valid with pairs, size, and latency in one run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from crossed import told
from schooling import Lesson, Schooling, in_words

from facefit.device import LocalBackend, compare
from facefit.device.costs import count_costs
from facefit.evaluation import evaluate_expression, load_protocol
from facefit.evaluation.bootstrap import Estimate
from facefit.evaluation.intervals import Correct, compare_paired, wilson_interval
from facefit.runtime import Descriptor

REFERENCE = "EfficientNet-B0"
WITH_MORE_NORMS = {"AlexNet": "AlexNet", "MobileNetV3-Large": "the last layer of MobileNetV3-Large"}


@dataclass(frozen=True)
class Entry:
    """A file of the table, the run that its training began from, if there is one, and what it has learnt, that of the
    start included; None where nobody knows."""

    file: Path
    start: Path | None
    schooling: Schooling | None


def compared(
    entries: dict[str, Entry], data: Path, backend: LocalBackend, seconds: float, seed: int
) -> list[dict[str, Any]]:
    """A row for each file: judged on FER2013Valid in the folder `data`, and timed for so many seconds."""
    described = {name: Descriptor(entry.file) for name, entry in entries.items()}
    correct = {name: judged(embed, data) for name, embed in described.items()}
    models = {name: entry.file.read_bytes() for name, entry in entries.items()}
    timed = compare(models, backend, baseline=REFERENCE, rng=np.random.default_rng(seed), at_least_s=seconds)
    rows = []
    for (name, entry), time in zip(entries.items(), timed, strict=True):
        right, card = correct[name], described[name].card
        rows.append({
            "network": name, "n": len(right), "accuracy": float(right.mean()),
            "interval": list(wilson_interval(int(right.sum()), len(right))),
            f"minus_{REFERENCE}": compare_paired(right, correct[REFERENCE]).to_json(),
            "parameters": time.parameters, "mmac": count_costs(models[name]).macs / 1e6,
            "size_bytes": time.size_bytes, "measured_ms": time.ms, "latency_ratio": time.ratio,
            "latency_ratio_interval": [time.ratio_low, time.ratio_high], "outputs": card["outputs"],
            "weights": card["weights"], "start": str(entry.start) if entry.start else None,
            "schooling": None if entry.schooling is None else [asdict(lesson) for lesson in entry.schooling],
        })  # fmt: skip
    return rows


def judged(embed: Descriptor, data: Path) -> Correct:
    """Which photos of FER2013Valid a file recognises, bool (n,)."""
    faces = load_protocol("ferplus-majority", data, "valid", size=embed.input_size, classes=embed.classes)
    return evaluate_expression(embed, faces).correct


def markdown(rows: list[dict[str, Any]], differently: str | None) -> str:
    """The table; `differently` says who learnt what where not all learnt the same."""
    lines = [
        f"| network | accuracy, % (95 % interval) | minus {REFERENCE}, points | parameters | MMAC | file | latency |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        paired, (low, high) = row[f"minus_{REFERENCE}"], row["latency_ratio_interval"]
        minus = told(Estimate(paired["difference"], tuple(paired["interval"])), sign="+")
        lines.append(
            f"| {row['network']} | {told(Estimate(row['accuracy'], tuple(row['interval'])))} | {minus} "
            f"| {row['parameters'] / 1e6:.2f} M | {row['mmac']:.0f} | {row['size_bytes'] / 1e6:.1f} MB "
            f"| {row['latency_ratio']:.2f}x ({low:.2f} to {high:.2f}) |"
        )
    files = {name: f"{' and '.join(row['outputs'])}, {row['weights']}" for name, row in named(rows).items()}
    same = len(set(files.values())) == 1
    told_files = f"all give {next(iter(files.values()))}" if same else "; ".join(f"{n}: {f}" for n, f in files.items())
    return "\n".join([*lines, "", f"Files: {told_files}. {_taught(rows, differently)}{_unlike_published(rows)}"])


def _taught(rows: list[dict[str, Any]], differently: str | None) -> str:
    if differently:
        return f"Taught differently: {differently}."
    return f"All learnt the same: {in_words(tuple(Lesson(**lesson) for lesson in rows[0]['schooling']))}."


def _unlike_published(rows: list[dict[str, Any]]) -> str:
    """What was trained in another form than its authors' (`GraphModule`)."""
    said = [text for name, text in WITH_MORE_NORMS.items() if name in named(rows)]
    return f" Trained with batch norms that the published networks do not have: {', '.join(said)}." if said else ""


def named(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["network"]: row for row in rows}
