"""Labelling with shared prefixes against one subnet at a time: the same numbers, in less time.

All subnets are labelled with shared prefixes, in chunks as `facefit label` makes them; one by one all of them, or a
random sample, whose mean time stands for all, with the interval that the sample leaves. A chunk and its sampled subnets
are timed next to each other, so that a slow phase of the machine slows both. With --records the same call goes on where
it stopped.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from machine import machine
from over_seeds import mean_interval

from facefit.artifacts import read_json, write_json
from facefit.bundle import Bundle
from facefit.device import DeviceProfile
from facefit.faces.ferplus import load_ferplus
from facefit.labels.labelling import CHUNK
from facefit.labels.plans import LabelPlan, drawn_plan, latency_plan
from facefit.labels.store import Labels
from facefit.labels.workers import Work, chunks
from facefit.space.population import Genes, decode
from facefit.supernet.images import network_input
from facefit.supernet.loading import from_shared_weights


@dataclass(frozen=True)
class Chunk:
    """What a chunk took, and (place, seconds, right answers) of those of its subnets that were measured alone."""

    shared_seconds: float
    right: list[int]
    alone: list[tuple[int, float, int]]


def main() -> None:
    args = arguments()
    torch.set_num_threads(1)
    work, settings = work_for(args), {name: str(value) for name, value in vars(args).items() if name != "records"}
    space = work.net.space
    genes = plan_for(args, work).next(Labels.empty(space, 1, "benchmark", ""), args.subnets).genes
    sampled = np.random.default_rng(args.seed).permutation(len(genes))[: args.one_by_one or len(genes)]
    alone = {genes[i].tobytes() for i in sampled}
    done = earlier(args.records, settings)
    parts = chunks(genes, args.chunk)
    for number, part in enumerate(parts):
        if number < len(done):
            continue
        done.append(measured(work, part, [i for i, row in enumerate(part) if row.tobytes() in alone]))
        if args.records:
            write_json(args.records, {"settings": settings, "chunks": [vars(chunk) for chunk in done]})
        print(f"{number + 1} of {len(parts)} chunks", file=sys.stderr, flush=True)
    print(json.dumps(settings | summary(done) | {"machine": machine()}))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="FER+ folder")
    parser.add_argument("--bundle", type=Path, help="folder with a SuperNet (default: the bundled one)")
    parser.add_argument("--subnets", type=int, default=1000)
    parser.add_argument("--one-by-one", type=int, metavar="N", help="a random sample of so many (default: all)")
    parser.add_argument("--plan", choices=("graded", "uniform", "bands", "band-trees"), default="graded")
    parser.add_argument("--profile", type=Path, help="latencies for the plans 'bands' and 'band-trees'")
    parser.add_argument("--chunk", type=int, default=CHUNK, help="subnets that share prefixes, as in 'facefit label'")
    parser.add_argument("--calibration", type=int, default=128, help="photos for batch-norm statistics")
    parser.add_argument("--images", type=int, default=400, help="photos of the search split")
    parser.add_argument("--records", type=Path, metavar="FILE", help="keeps what was measured, to go on from there")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.plan in ("bands", "band-trees") and not args.profile:
        parser.error(f"--plan {args.plan} wants --profile")
    return args


def work_for(args: argparse.Namespace) -> Work:
    bundle = Bundle.load(args.bundle, None)
    faces = load_ferplus(args.data, "valid", "majority")
    first = np.arange(len(faces))
    calibration = faces.where(first < args.calibration)
    split = faces.where((first >= args.calibration) & (first < args.calibration + args.images))
    return Work(from_shared_weights(bundle.weights), calibration, split)


def plan_for(args: argparse.Namespace, work: Work) -> LabelPlan:
    if args.plan in ("bands", "band-trees"):
        space = work.net.space
        return latency_plan(args.plan, space, DeviceProfile.load(args.profile).latency(space), 250, args.seed)
    return drawn_plan(args.plan, args.seed)


def earlier(records: Path | None, settings: dict[str, str]) -> list[Chunk]:
    if records is None or not records.exists():
        return []
    data = read_json(records, "records of this benchmark")
    if data["settings"] != settings:
        sys.exit(f"{records}: made with {data['settings']}; expected {settings}: name another file")
    return [Chunk(c["shared_seconds"], c["right"], [tuple(row) for row in c["alone"]]) for c in data["chunks"]]


def measured(work: Work, part: Genes, places: list[int]) -> Chunk:
    started = time.perf_counter()
    right = work.label(part).right.tolist()
    return Chunk(time.perf_counter() - started, right, [(i, *right_alone(work, part[i])) for i in places])


def right_alone(work: Work, gene: Genes) -> tuple[float, int]:
    """Seconds, and right answers."""
    started = time.perf_counter()
    (subnet,) = decode(work.net.space, gene[None])
    statistics = work.net.recalibrate(subnet, network_input(work.calibration, subnet.resolution))
    logits = work.net.evaluate(subnet, network_input(work.search_split, subnet.resolution), statistics).logits
    right = int((logits.argmax(1).numpy() == work.search_split.labels).sum())
    return time.perf_counter() - started, right


def summary(done: list[Chunk]) -> dict[str, Any]:
    subnets, shared = sum(len(chunk.right) for chunk in done), sum(chunk.shared_seconds for chunk in done)
    seconds = [row[1] for chunk in done for row in chunk.alone]
    mean, low, high = mean_interval(seconds)
    # Those that were measured are known: of a sample of all nothing is left to err in.
    unknown = math.sqrt(1 - len(seconds) / subnets)
    bounds = [subnets * (mean + unknown * (end - mean)) / shared for end in (low, high)]
    return {
        "subnets": subnets,
        "shared_seconds": shared,
        "one_by_one_measured": len(seconds),
        "one_by_one_seconds": subnets * mean,
        "times_faster": subnets * mean / shared,
        "times_faster_interval": bounds,
        "same_numbers": all(chunk.right[i] == right for chunk in done for i, _, right in chunk.alone),
    }


if __name__ == "__main__":
    main()
