"""Files for expressions beside each other: accuracy on FER2013Valid with pairs, size, and latency in one run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from crossed import told
from starts import Schooling

from facefit.device import LocalBackend, compare
from facefit.device.costs import count_costs
from facefit.evaluation import evaluate_expression, load_protocol
from facefit.evaluation.bootstrap import Estimate
from facefit.evaluation.intervals import Correct, compare_paired, wilson_interval
from facefit.runtime import Descriptor

REFERENCE = "EfficientNet-B0"


@dataclass(frozen=True)
class Entry:
    """A file of the table, and the run that its training began from, with what that had learnt from; None where there
    is none, and of files that say it themselves."""

    file: Path
    start: Path | None = None
    schooling: Schooling | None = None


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
        start, schooling = started_from(entry, card)
        rows.append({
            "network": name, "n": len(right), "accuracy": float(right.mean()),
            "interval": list(wilson_interval(int(right.sum()), len(right))),
            f"minus_{REFERENCE}": compare_paired(right, correct[REFERENCE]).to_json(),
            "parameters": time.parameters, "mmac": count_costs(models[name]).macs / 1e6,
            "size_bytes": time.size_bytes, "measured_ms": time.ms, "latency_ratio": time.ratio,
            "latency_ratio_interval": [time.ratio_low, time.ratio_high], "outputs": card["outputs"],
            "weights": card["weights"], "start": start, "start_training": asdict(schooling) if schooling else None,
        })  # fmt: skip
    return rows


def judged(embed: Descriptor, data: Path) -> Correct:
    """Which photos of FER2013Valid a file recognises, bool (n,)."""
    faces = load_protocol("ferplus-majority", data, "valid", size=embed.input_size, classes=embed.classes)
    return evaluate_expression(embed, faces).correct


def markdown(rows: list[dict[str, Any]]) -> str:
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
    starts = [f"{name} from {row['start']} ({_schooled(row)})" for name, row in named(rows).items() if row["start"]]
    return "\n".join([*lines, "", f"Files: {told_files}. Starts: {'; '.join(starts) or 'random weights'}."])


def _schooled(row: dict[str, Any]) -> str:
    return str(Schooling(**row["start_training"])) if row["start_training"] else "training not known"


def started_from(entry: Entry, card: dict[str, Any]) -> tuple[str | None, Schooling | None]:
    """The run whose weights were taken over, or of a SuperNet the data of that run, and what had been learnt there;
    None for random weights."""
    if entry.start:
        return str(entry.start), entry.schooling
    before = card.get("training", {}).get("start")
    if not before:
        return None, None
    return str(before.get("data", "another SuperNet")), Schooling.of(before)


def named(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["network"]: row for row in rows}
