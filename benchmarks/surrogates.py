"""What ranks subnets best: learning curves of surrogates on labelled subnets held out of their fit.

Pair accuracy and Kendall tau over the space; the same and regret inside each latency band, where searches take place:
regret is what the best-ranked held-out subnet of a band lacks to the greatest label, which noise has raised. Means over
seeds, each with another split, with 95 % intervals. With `--data` also the ceilings that label noise sets, over the
space and inside bands. Goes on where it stopped.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from curve_figures import draw, summary
from fingerprints import code_fingerprint, labels_fingerprint, profile_fingerprint
from kept_lines import KeptLines
from learning_curves import JudgedBy, fits, judge, judge_bands, rows_of, split_labels, within
from machine import machine
from noise_ceiling import binomial_noise_points, ceilings
from one_object import print_result
from table3_answers import PhotoWork, check_source, ferplus_work

import facefit
from facefit.bundle import LABELS, Bundle
from facefit.cli.output import progress_bar
from facefit.device import DeviceProfile
from facefit.labels.bands import BANDS, band_edges, band_of
from facefit.labels.store import Labels
from facefit.supernet.loading import from_shared_weights


def main() -> None:
    args = arguments()
    torch.set_num_threads(1)
    print_result(partial(run, args))


def run(args: argparse.Namespace) -> dict[str, Any]:
    args.out.mkdir(parents=True, exist_ok=True)
    bundle = Bundle.load(args.bundle)
    labels, profile = Labels.load(args.labels or bundle.folder / LABELS), DeviceProfile.load(args.profile)
    edges = band_edges(labels.space, profile.latency(labels.space), args.bands)
    work = photo_work(bundle, labels, args) if args.data else None
    rows = summary(curves(labels, profile, edges, args), edges)
    noise: dict[str, Any] = {"binomial_noise_points": binomial_noise_points(labels.accuracy, labels.n)}
    if work:
        by, rng = JudgedBy.of(labels), np.random.default_rng(0)
        whole, banded = (
            labels.genes[rng.permutation(rows_of(labels, plan))[: args.halves]] for plan in (by.whole, by.bands)
        )
        band = band_of(edges, profile.latency(labels.space).of(banded))
        noise |= ceilings(work, whole, banded, band, args.bands, args.out)
    if args.figure:
        draw(rows, noise, args.figure)
    return {
        "labels": len(labels), "plans": labels.plan_counts, "judged_by": asdict(JudgedBy.of(labels)),
        "protocol": labels.protocol, "n": labels.n, "seeds": args.seeds,
        "first_seed": args.first_seed, "bands": args.bands, "machine": machine(),
        "noise": noise, "rows": rows,
    }  # fmt: skip


def photo_work(bundle: Bundle, labels: Labels, args: argparse.Namespace) -> PhotoWork:
    """Work on the photos that the labels come from; raises `InputError` where they come from others."""
    work, _ = ferplus_work(
        from_shared_weights(bundle.weights), args.data, args.images, args.memory and 1e9 * args.memory
    )
    if args.images is None:
        check_source(labels, work)
    return work


def curves(labels: Labels, profile: DeviceProfile, edges: np.ndarray, args: argparse.Namespace) -> list[dict[str, Any]]:
    """How each surrogate is judged, by size and seed; what the folder has from the same labels is not done again."""
    by = JudgedBy.of(labels)
    basis = {
        "labels": labels_fingerprint(labels), "profile": profile_fingerprint(profile), "--bands": args.bands,
        "plans that judge": asdict(by), "facefit": code_fingerprint(Path(facefit.__file__).parent / "comparator"),
        "once-for-all": code_fingerprint(args.clone / "ofa") if args.clone else None,
    }  # fmt: skip
    kept = KeptLines(args.out / "surrogates.jsonl", basis, "learning curves")
    done = {(row["surrogate"], row["labels"], row["seed"]): row for row in kept.rows}
    latency, surrogates = profile.latency(labels.space), fits(args.clone)
    splits = {seed: split_labels(labels, seed) for seed in range(args.first_seed, args.first_seed + args.seeds)}
    most = min(len(known) for known, _ in splits.values())
    sizes = [size for size in args.sizes if size < most] + [most]
    wanted = [(name, size, seed) for size in sizes for name in surrogates for seed in splits]
    with progress_bar(f"fitting {len(wanted)} surrogates") as report:
        for i, key in enumerate(wanted):
            name, size, seed = key
            if key not in done:
                known, held_out = splits[seed]
                prefer = surrogates[name](known.where(np.arange(size)), seed).among(held_out.genes)
                uniform, banded = rows_of(held_out, by.whole), rows_of(held_out, by.bands)
                in_bands = held_out.where(banded)
                band = band_of(edges, latency.of(in_bands.genes))
                judged = {
                    "whole": asdict(judge(within(prefer, uniform), held_out.where(uniform))),
                    "bands": [asdict(one) for one in judge_bands(within(prefer, banded), in_bands, band, args.bands)],
                }
                done[key] = {"surrogate": name, "labels": size, "seed": seed} | judged
                kept.add(done[key])
            report(i + 1, len(wanted))
    return [done[key] for key in wanted]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", type=Path, required=True, help="whose latencies part the bands")
    parser.add_argument("--clone", type=Path, help="clone of once-for-all, for its predictor")
    parser.add_argument("--bundle", type=Path, help="folder of a SuperNet (default: the one for expressions)")
    parser.add_argument("--labels", type=Path, help="other labels than the bundle's")
    parser.add_argument("--sizes", type=int, nargs="+", default=[250, 500, 1000, 2000, 4000, 8000, 16000])
    parser.add_argument("--seeds", type=int, default=5, help="splits into labels to learn from and held-out ones")
    parser.add_argument("--first-seed", type=int, default=0, help="from 10 on no split has chosen a setting")
    parser.add_argument("--bands", type=int, default=BANDS)
    parser.add_argument("--data", type=Path, help="FER+ folder, for the ceilings that label noise sets")
    parser.add_argument("--halves", type=int, default=200, help="so many subnets for that, and as many for the bands")
    parser.add_argument("--images", type=int, help="only so many photos for that, for trials")
    parser.add_argument("--memory", type=float, help="GB for its activations")
    parser.add_argument("--out", type=Path, default=Path("surrogates-run"), help="folder of the run, which goes on")
    parser.add_argument("--figure", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
