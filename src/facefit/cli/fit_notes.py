"""What is pointed out after a fit: images that were left out, and a machine that is not as its profile found it."""

from __future__ import annotations

import shlex
from pathlib import Path

from facefit.bundle import TASKS
from facefit.fit import Fitted

_DRIFT_PERCENT = 5.0


def fit_notes(fitted: Fitted, remedy: str) -> list[str]:
    """Lines about one device; `remedy` says what to do about a profile that no longer holds."""
    lines = []
    if fitted.skipped:
        name, reason = next(iter(fitted.skipped.items()))
        left_out = f"{len(fitted.skipped)} images were left out of the calibration (--json names all)"
        lines.append(f"{left_out}; first: {name} ({reason})")
    if fitted.drift_percent is not None and abs(fitted.drift_percent) > _DRIFT_PERCENT:
        change = f"{abs(fitted.drift_percent):.0f} % {'more' if fitted.drift_percent > 0 else 'less'} time"
        lines.append(f"this machine now takes {change} than in its profile: {remedy}")
    return lines


def measure_anew(out: Path, threads: int, bundle: Path | None, task: str) -> str:
    """What writes the profile `out` again, for the SuperNet of a folder or else the bundled one of a task."""
    words = ["facefit", "profile", "--out", str(out)]
    if threads > 1:
        words += ["--threads", str(threads)]
    if bundle:
        words += ["--bundle", str(bundle)]
    elif task != TASKS[0]:
        words += ["--task", task]
    return f"measure it anew while nothing else runs: {shlex.join(words)}"
