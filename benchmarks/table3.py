"""Table 3 of the paper, with once-for-all's own search beside ours: methods x device profiles x limits x seeds.

All learn from the same labels and search the same lookup tables. What each finds is then measured: its true accuracy on
the search split, which the labels come from, and on FER2013Valid, on which nothing was selected. Regret is what is lost
on the search split against the best subnet known for the limit: of finalists of long reference searches, of labels, and
of all that any method found; and against the best of the reference searches alone. With --plans a second table compares
as many labels of each label plan. Needs a clone of github.com/mit-han-lab/once-for-all. Goes on where it stopped.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from fingerprints import code_fingerprint, labels_fingerprint, supernet_fingerprint
from machine import machine
from one_object import print_result
from table3_answers import Answers, check_source, ferplus_work
from table3_browser import backends_of_here
from table3_drawing import draw
from table3_intervals import INTERVAL
from table3_labels import Draw, compared_plans
from table3_latency import timed
from table3_methods import OURS, PAPER_SIZES, THEIRS, methods
from table3_records import ALL, Cell, Record, Searches
from table3_reference import LONG
from table3_report import markdown, on_all_labels, summary
from table3_results import Results
from table3_runs import Course, Devices, courses_of_methods, courses_of_plans, search_all, search_references
from table3_sums import WANTED, markdown_sums, sums
from table3_tighter import TighterSearches

import facefit
from facefit.bundle import LABELS, Bundle
from facefit.cli.output import progress_bar
from facefit.errors import InputError
from facefit.freed_memory import keep_freed_memory
from facefit.labels.store import Labels
from facefit.labels.workers import label_chunks
from facefit.search import EvolutionSettings
from facefit.supernet.loading import from_shared_weights

ROOMS = Path(facefit.__file__).parent


def main() -> None:
    args = arguments()
    torch.set_num_threads(args.threads)
    keep_freed_memory()  # as 'facefit search' does
    print_result(partial(run, args))


def run(args: argparse.Namespace) -> dict[str, Any]:
    args.out.mkdir(parents=True, exist_ok=True)
    bundle = Bundle.load(args.bundle)
    labels = Labels.load(args.labels or bundle.folder / LABELS)
    devices = Devices.load(args.profile, args.limits, labels.space)
    works = ferplus_work(from_shared_weights(bundle.weights), args.data, args.images, args.memory and 1e9 * args.memory)
    if args.images is None:
        check_source(labels, works[0])
    plans = compared_plans(labels, args.plan_labels) if args.plans else {}
    courses = planned(labels, plans, args)
    basis = search_basis(bundle, labels, args)
    records = searched(labels, devices, courses, basis, args)
    spread = partial(label_chunks, workers=args.workers)
    on_search, on_second = (
        Answers(w, args.out / f"{name}.jsonl", spread) for w, name in zip(works, ("search", "second"), strict=True)
    )
    tighter = TighterSearches(courses, labels, devices, args.out / "tighter.jsonl", basis, args.finalists)
    results = judged(Results(records, on_search, on_second), bundle, devices, tighter, args)
    return {
        "labels": len(labels), "plans": labels.plan_counts, "protocol": labels.protocol,
        "search_n": on_search.n, "second_n": on_second.n, "seeds": args.seeds, "shares": args.shares,
        "interval": INTERVAL, "machine": machine(), "wanted": WANTED,
    } | written(results, plans, args.out, args.against)  # fmt: skip


def planned(labels: Labels, plans: dict[str, Draw], args: argparse.Namespace) -> list[Course]:
    """All fits that are asked for."""
    chosen = methods(args.clone, args.deadline)
    if unknown := {*(args.methods or ()), args.against} - set(chosen):
        raise InputError(f"no method {', '.join(sorted(unknown))}; expected some of {', '.join(chosen)}")
    courses = courses_of_methods({n: chosen[n] for n in args.methods or chosen}, labels, args.shares, args.seeds)
    return courses + courses_of_plans(chosen[OURS], plans, args.seeds)


def search_basis(bundle: Bundle, labels: Labels, args: argparse.Namespace) -> dict[str, Any]:
    """What searches come from."""
    return {
        "labels": labels_fingerprint(labels), "SuperNet": supernet_fingerprint(bundle), "--finalists": args.finalists,
        "--reference-finalists": args.reference_finalists, "--deadline": args.deadline, "--threads": args.threads,
        "EvolutionSettings": [asdict(settings) for settings in (EvolutionSettings(), PAPER_SIZES, LONG)],
        "once-for-all": code_fingerprint(args.clone / "ofa"),
        "facefit": [code_fingerprint(ROOMS / room) for room in ("comparator", "search", "space")],
        "machine": machine(),
    }  # fmt: skip


def searched(
    labels: Labels, devices: Devices, courses: list[Course], basis: dict[str, Any], args: argparse.Namespace
) -> dict[Cell, Record]:
    """All searches that are asked for, those from the folder and new ones."""
    searches = Searches(args.out / "searches.jsonl", basis, devices.fingerprints)
    cells = search_all(courses, labels, devices, searches, args.finalists)
    cells += search_references(labels, devices, searches, args.reference_finalists)
    return searches.of(cells)


def judged(
    results: Results, bundle: Bundle, devices: Devices, tighter: TighterSearches, args: argparse.Namespace
) -> Results:
    """With the true accuracies and the latencies that tables are made of."""
    with progress_bar("measuring finalists on the search split") as report:
        results.on_search.measure(results.candidates(), report)
    if args.measure:
        with backends_of_here(devices.profiles.values()) as backend_of:
            results = timed(results, bundle, devices, args.out, tighter, backend_of)
    with progress_bar("measuring what is handed over on the search split") as report:
        results.on_search.measure(results.chosen(), report)
    with progress_bar("measuring it on the second split") as report:
        results.on_second.measure(results.chosen(), report)
    return results


def written(results: Results, plans: dict[str, Draw], out: Path, against: str) -> dict[str, Any]:
    """Tables and figure in the folder, and what they say."""
    rows = summary(results, lambda row: row.labels == ALL, partial(on_all_labels, against))
    told: dict[str, Any] = {"rows": rows, "sums": sums(rows)}
    told_against = f"{against} on all labels"
    (out / "table3.md").write_text(markdown(rows, told_against) + "\n" + markdown_sums(told["sums"], told_against))
    draw(rows, out / "table3.svg")
    if plans:
        base = next(iter(plans))
        rows = summary(results, lambda row: row.labels in plans, lambda row: replace(row, labels=base))
        told |= {"plan_rows": rows, "plan_sums": sums(rows)}
        (out / "plans.md").write_text(markdown(rows, base) + "\n" + markdown_sums(told["plan_sums"], base))
    return told


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clone", type=Path, help="clone of once-for-all")
    parser.add_argument("--data", type=Path, required=True, help="FER+ folder")
    parser.add_argument("--profile", type=Path, nargs="+", required=True, help="device profiles, named by their files")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run; a run in it goes on")
    parser.add_argument("--limits", nargs="+", default=["0.4x", "0.5x", "0.6x", "1x"])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--shares", type=float, nargs="+", default=[1.0, 0.25], help="parts of the labels")
    parser.add_argument("--methods", nargs="+", help="some of them, by name")
    parser.add_argument("--against", default=THEIRS, help="what differences are to, a method of those that run")
    parser.add_argument("--plans", action="store_true", help="also compare as many labels of each label plan")
    parser.add_argument("--plan-labels", type=int, help="how many of each (default: as many as the rarest has)")
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
