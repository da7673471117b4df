"""Table 3 of the paper, with once-for-all's own search beside ours: methods x device profiles x limits x seeds.

All learn from the same labels and search the same lookup tables. What each finds is then measured: its true accuracy on
the search split, which the labels come from, and on FER2013Valid, on which nothing was selected. Regret is what is lost
on the search split against the best subnet known for the limit: of finalists of long reference searches, of labels, and
of all that any method found. Needs a clone of github.com/mit-han-lab/once-for-all. Goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import time
from functools import partial
from pathlib import Path

import torch
from machine import machine
from table3_latency import measured_latencies
from table3_methods import Method, long_search, methods, share_of
from table3_records import Cell, Record, Searches, TrueAccuracies, ferplus_work
from table3_report import Results, draw, markdown, summary

from facefit.bundle import LABELS, Bundle
from facefit.cli.output import progress_bar
from facefit.device import DeviceProfile
from facefit.labels.store import Labels
from facefit.labels.workers import label_chunks
from facefit.supernet.loading import from_shared_weights

REFERENCE = "reference"


def main() -> None:
    args = arguments()
    torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    bundle = Bundle.load(args.bundle)
    labels = Labels.load(args.labels or bundle.folder / LABELS)
    profiles = {path.stem.removesuffix(".profile"): DeviceProfile.load(path) for path in args.profile}
    searches = Searches(args.out / "searches.jsonl")
    chosen = methods(args.clone, args.deadline)
    unknown = set(args.methods or ()) - set(chosen)
    if unknown:
        raise SystemExit(f"no method {', '.join(sorted(unknown))}; expected some of {', '.join(chosen)}")
    search_all({n: chosen[n] for n in args.methods or chosen}, labels, profiles, searches, args)
    search_references(labels, profiles, searches, args)
    works = ferplus_work(from_shared_weights(bundle.weights), args.data, args.images, args.memory and 1e9 * args.memory)
    spread = partial(label_chunks, workers=args.workers)
    on_search, on_second = (
        TrueAccuracies(work, args.out / f"{name}.parquet", spread)
        for work, name in zip(works, ("search", "second"), strict=True)
    )
    results = Results(searches.records, on_search, on_second, args.finalists)
    with progress_bar("measuring finalists on the search split") as report:
        on_search.measure(results.candidates(), report)
    with progress_bar("measuring what was found on the second split") as report:
        on_second.measure(results.chosen(), report)
    latencies = measured_latencies(bundle, profiles, results, args.out / "latencies.json") if args.measure else {}
    rows = summary(results, latencies)
    (args.out / "table3.md").write_text(markdown(rows))
    draw(rows, args.out / "table3.svg")
    print(json.dumps({
        "labels": len(labels), "protocol": labels.protocol, "search_n": on_search.n, "second_n": on_second.n,
        "seeds": args.seeds, "shares": args.shares, "machine": machine(), "rows": rows,
    }))  # fmt: skip


def search_all(
    chosen: dict[str, Method],
    labels: Labels,
    profiles: dict[str, DeviceProfile],
    searches: Searches,
    args: argparse.Namespace,
) -> None:
    fits = [(name, share, seed) for share in args.shares for seed in range(args.seeds) for name in chosen]
    with progress_bar(f"searching with {len(chosen)} methods") as report:
        for i, (name, share, seed) in enumerate(fits):
            cells = [Cell(name, share, profile, limit, seed) for profile in profiles for limit in args.limits]
            todo = [cell for cell in cells if cell not in searches.records]
            if todo:
                started = time.perf_counter()
                run = chosen[name](share_of(labels, share, seed), seed)
                fit_seconds = time.perf_counter() - started
                for cell in todo:
                    profile = profiles[cell.profile]
                    limit_ms = profile.limit_ms(cell.limit)
                    found = run(profile.latency(labels.space), limit_ms, seed)
                    rows = tuple(map(tuple, found.finalists[: args.finalists].tolist()))
                    searches.add(Record(cell, limit_ms, rows, found.seconds, fit_seconds, found.helped))
            report(i + 1, len(fits))


def search_references(
    labels: Labels, profiles: dict[str, DeviceProfile], searches: Searches, args: argparse.Namespace
) -> None:
    cells = [Cell(REFERENCE, 1.0, profile, limit, 0) for profile in profiles for limit in args.limits]
    with progress_bar("long reference searches") as report:
        for i, cell in enumerate(cells):
            if cell not in searches.records:
                started, profile = time.perf_counter(), profiles[cell.profile]
                limit_ms, latency = profile.limit_ms(cell.limit), profile.latency(labels.space)
                genes = long_search(labels, latency, limit_ms, 0, args.reference_finalists)
                rows = tuple(map(tuple, genes.tolist()))
                searches.add(Record(cell, limit_ms, rows, time.perf_counter() - started, 0.0, False))
            report(i + 1, len(cells))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clone", type=Path, help="clone of once-for-all")
    parser.add_argument("--data", type=Path, required=True, help="FER+ folder")
    parser.add_argument("--profile", type=Path, nargs="+", required=True, help="device profiles, named by their files")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run; a run in it goes on")
    parser.add_argument("--limits", nargs="+", default=["0.4x", "0.5x", "0.6x", "1x"])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--shares", type=float, nargs="+", default=[1.0, 0.25], help="parts of the labels")
    parser.add_argument("--methods", nargs="+")
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--labels", type=Path, help="other labels than the bundle's")
    parser.add_argument("--finalists", type=int, default=16, help="how many are measured where finalists are")
    parser.add_argument("--reference-finalists", type=int, default=32)
    parser.add_argument("--deadline", type=float, default=60.0, help="seconds after which once-for-all starts anew")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="threads of PyTorch in this process")
    parser.add_argument("--memory", type=float, help="GB for the activations of each worker")
    parser.add_argument("--images", type=int, help="only so many of each set of photos, for trials")
    parser.add_argument("--measure", action="store_true", help="time what was found where the profile is of here")
    return parser.parse_args()


if __name__ == "__main__":
    main()
