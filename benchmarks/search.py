"""Seconds of one search over limits and seeds, alone and as a whole process; and whether seeds repeat.

The search alone begins with everything loaded. The process is `python -m facefit search`, from the command to its end:
Python, imports, reading the SuperNet, surrogate and profile, the search, and the answer; one untimed call comes first.
The whole front takes such processes as well: of latency and accuracy alone, and within other limits.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from machine import machine

from facefit.bundle import Bundle, Ranking
from facefit.device import DeviceProfile
from facefit.freed_memory import keep_freed_memory
from facefit.search import search


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", type=Path, required=True, help="written by 'facefit profile' or in a run folder")
    parser.add_argument("--bundle", type=Path, help="folder of a training run (default: the bundled SuperNet)")
    parser.add_argument("--surrogate", choices=("accuracy", "comparator", "concatenating"), default="accuracy")
    parser.add_argument("--limits", nargs="+", default=["0.4x", "0.5x", "0.6x", "0.8x"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=5, help="whole processes for each limit")
    parser.add_argument("--front-within", default="--max-megabytes 1.5 --max-macs 30e6", help="limits of a front")
    args = parser.parse_args()
    keep_freed_memory()  # as 'facefit search' does
    bundle = Bundle.load(args.bundle, None)
    profile = DeviceProfile.load(args.profile).narrowed(bundle.space)
    rows = [
        searches(bundle, profile, limit, args.seeds, args.surrogate) | {"process": processes(args, "--limit", limit)}
        for limit in args.limits
    ]
    repeats = all(row.pop("repeats") for row in rows)
    print(json.dumps({
        "seeds": args.seeds,
        "processes": args.processes,
        "surrogate": args.surrogate,
        "same_seed_same_subnet": repeats,
        "machine": machine(),
        "searches": rows,
        "front_process": processes(args, "--front"),
        "front_within": args.front_within,
        "front_within_process": processes(args, "--front", *args.front_within.split()),
    }))  # fmt: skip


def searches(bundle: Bundle, profile: DeviceProfile, limit: str, seeds: int, ranking: Ranking) -> dict[str, Any]:
    """Searches with everything loaded."""
    limit_ms, preference = profile.limit_ms(limit), bundle.preference(ranking)
    found = [search(bundle.space, preference, profile, limit_ms, seed=seed, surrogate=bundle.surrogate)
             for seed in range(seeds)]  # fmt: skip
    again = search(bundle.space, preference, profile, limit_ms, seed=0, surrogate=bundle.surrogate)
    return {
        "limit": limit,
        "limit_ms": limit_ms,
        "seconds": spread([f.seconds for f in found]),
        "predicted_ms_max": max(f.predicted_ms for f in found),
        "predicted_accuracy": sorted(float(f.predicted_accuracy or 0) for f in found),
        "repeats": again.subnet == found[0].subnet,
    }


def processes(args: argparse.Namespace, *wanted: str) -> dict[str, float] | None:
    """Seconds of whole processes that find what is wanted."""
    if not args.processes:
        return None
    command = [sys.executable, "-m", "facefit", "search", "--json", "--profile", str(args.profile), *wanted]
    command += ["--surrogate", args.surrogate] if "--front" not in wanted else []
    command += ["--bundle", str(args.bundle)] if args.bundle else []
    seconds = []
    for seed in range(-1, args.processes):
        started = time.perf_counter()
        subprocess.run([*command, "--seed", str(max(seed, 0))], check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    return spread(seconds[1:])


def spread(seconds: list[float]) -> dict[str, float]:
    return {"median": float(np.median(seconds)), "least": min(seconds), "most": max(seconds)}


if __name__ == "__main__":
    main()
