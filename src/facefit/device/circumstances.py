"""Under which circumstances this machine is timed: they do not identify it, but they explain a latency."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

RECORDED = ("affinity", "governor", "load_1_minute")
"""What a profile of this machine always says."""
UNKNOWN = "not readable here"


def circumstances(
    system: Path = Path("/sys/devices/system/cpu"), usable: Sequence[int] | None = None
) -> dict[str, str]:
    """System, processors, those that this process may use, their clock governors, and the load of the last minute."""
    usable = usable_cpus() if usable is None else usable
    load = f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else UNKNOWN
    return {
        "system": platform.platform(),
        "machine": platform.machine(),
        "cpus": str(os.cpu_count()),
        "affinity": f"CPU {ranges(usable)}, {len(usable)} of {os.cpu_count()}",
        "governor": _governors(usable, system),
        "load_1_minute": load,
    }


def usable_cpus() -> tuple[int, ...]:
    """Numbers of the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def ranges(numbers: Iterable[int]) -> str:
    """Ascending numbers as `0-3,6`."""
    ordered = list(numbers)
    starts = [b for a, b in pairwise([-2, *ordered]) if b != a + 1]
    ends = [a for a, b in pairwise([*ordered, -2]) if b != a + 1]
    return ",".join(f"{start}-{end}" if end > start else f"{start}" for start, end in zip(starts, ends, strict=True))


def read_text(path: Path) -> str:
    """Content of a file of the system, or nothing where it cannot be read."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _governors(cpus: Iterable[int], system: Path) -> str:
    """One word if all are governed alike; big and little cores may not be."""
    groups: dict[str, list[int]] = {}
    for cpu in cpus:
        name = read_text(system / f"cpu{cpu}" / "cpufreq" / "scaling_governor").strip() or UNKNOWN
        groups.setdefault(name, []).append(cpu)
    if len(groups) == 1:
        return next(iter(groups))
    return ", ".join(f"CPU {ranges(numbers)} {name}" for name, numbers in groups.items())
