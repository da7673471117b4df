"""Seconds that each protocol on LFW takes for a descriptor, as whole `facefit evaluate` commands one after another that
begin without any faces found: each finds those of its own photos that no command before it has looked at."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from machine import machine

from facefit.artifacts import read_json

PROTOCOLS = ("lfw-596", "lfw-596-cropped", "lfw-596-pairs", "lfw-pairs", "lfw-robustness")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="a descriptor (.tflite or .onnx)")
    parser.add_argument("--data", type=Path, required=True, help="LFW")
    parser.add_argument("--protocols", nargs="+", default=list(PROTOCOLS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        detections = Path(folder) / "detections.json"
        rows = [timed(protocol, detections, args) for protocol in args.protocols]
    print(json.dumps({"file": args.file.name, "threads": args.threads, "seed": args.seed, "machine": machine(),
                      "seconds": sum(row["seconds"] for row in rows), "protocols": rows}))  # fmt: skip


def timed(protocol: str, detections: Path, args: argparse.Namespace) -> dict[str, Any]:
    """One command, from its start to its end, and how many photos have been looked at since the first one."""
    command = [sys.executable, "-m", "facefit", "evaluate", args.file, "--data", args.data, "--protocol", protocol]
    command += ["--threads", args.threads, "--seed", args.seed, "--detections", detections, "--json"]
    started = time.perf_counter()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"error: {protocol}: {done.stderr.strip().splitlines()[-1]}")
    return {"protocol": protocol, "seconds": seconds,
            "photos_looked_at": len(read_json(detections, "detections")["photos"])}  # fmt: skip


if __name__ == "__main__":
    main()
