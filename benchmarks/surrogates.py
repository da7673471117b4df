"""What ranks subnets best: learning curves of surrogates on labelled subnets held out of their fit.

Pair accuracy and Kendall tau over the space; tau and regret inside latency bands, where searches take place: regret is
what the best-ranked held-out subnet of a band lacks to the best one. Means over seeds, each with another split, with
95 % intervals. With `--data` also the ceiling that label noise sets.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from learning_curves import Judged, fits, judge, split_labels
from machine import machine
from noise_ceiling import binomial_noise_points, ceiling
from over_seeds import mean_interval
from table3_records import ferplus_work

from facefit.bundle import LABELS, Bundle
from facefit.cli.output import progress_bar
from facefit.device import DeviceProfile
from facefit.labels.bands import BANDS, band_edges, band_of
from facefit.labels.store import Labels
from facefit.report.drawing import calm_axes, new_figure, save_figure
from facefit.report.palette import LIGHT
from facefit.supernet.loading import from_shared_weights

FIGURES = {
    "pair_accuracy": "pairs in order",
    "kendall_tau": "Kendall tau over the space",
    "tau_in_bands": "Kendall tau inside bands",
    "regret_in_bands": "regret inside bands, points",
}
COLOURS = (LIGHT.cloud, LIGHT.muted, LIGHT.front, LIGHT.reference, LIGHT.chosen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", type=Path, required=True, help="whose latencies part the bands")
    parser.add_argument("--clone", type=Path, help="clone of once-for-all, for its predictor")
    parser.add_argument("--labels", type=Path, help="other labels than the bundle's")
    parser.add_argument("--sizes", type=int, nargs="+", default=[250, 500, 1000, 2000, 4000, 8000, 16000])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--bands", type=int, default=BANDS)
    parser.add_argument("--data", type=Path, help="FER+ folder, for the ceiling that label noise sets")
    parser.add_argument("--halves", type=int, default=200, help="subnets that are labelled on both halves for it")
    parser.add_argument("--out", type=Path, default=Path("surrogates-run"), help="folder for those labels")
    parser.add_argument("--figure", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    bundle = Bundle.load()
    labels = Labels.load(args.labels or bundle.folder / LABELS)
    rows = curves(labels, DeviceProfile.load(args.profile), args)
    noise = {"binomial_noise_points": binomial_noise_points(labels.accuracy, labels.n)}
    if args.data:
        args.out.mkdir(parents=True, exist_ok=True)
        work, _ = ferplus_work(from_shared_weights(bundle.weights), args.data, None, None)
        drawn = np.random.default_rng(0).permutation(len(labels))[: args.halves]
        noise |= ceiling(work, labels.genes[drawn], args.out)
    print(json.dumps({
        "labels": len(labels), "plans": labels.plan_counts, "protocol": labels.protocol, "n": labels.n,
        "seeds": args.seeds, "bands": args.bands, "machine": machine(), "noise": noise, "rows": rows,
    }))  # fmt: skip
    if args.figure:
        draw(rows, noise, args.figure)


def curves(labels: Labels, profile: DeviceProfile, args: argparse.Namespace) -> list[dict[str, Any]]:
    latency, judged = profile.latency(labels.space), dict[tuple[str, int], list[Judged]]()
    edges = band_edges(labels.space, latency, args.bands)
    splits = [split_labels(labels, seed) for seed in range(args.seeds)]
    most = min(len(known) for known, _ in splits)
    sizes = [size for size in args.sizes if size < most] + [most]
    fitted = [(name, size, seed) for size in sizes for name in fits(args.clone) for seed in range(args.seeds)]
    with progress_bar(f"fitting {len(fitted)} surrogates") as report:
        for i, (name, size, seed) in enumerate(fitted):
            known, held_out = splits[seed]
            model = fits(args.clone)[name](known.where(np.arange(size)), seed)
            band = band_of(edges, latency.of(held_out.genes))
            judged.setdefault((name, size), []).append(judge(model, held_out, band))
            report(i + 1, len(fitted))
    return [
        {"surrogate": name, "labels": size}
        | {key: mean_interval([asdict(one)[key] for one in several]) for key in FIGURES}
        for (name, size), several in judged.items()
    ]


def draw(rows: list[dict[str, Any]], noise: dict[str, float], path: Path) -> None:
    figure = new_figure(8.4, 5.6)
    for panel, (key, title) in enumerate(FIGURES.items()):
        axes = figure.add_subplot(2, 2, panel + 1)
        calm_axes(axes)
        axes.grid(color=LIGHT.grid, linewidth=0.7)
        for i, name in enumerate(dict.fromkeys(row["surrogate"] for row in rows)):
            own = [row for row in rows if row["surrogate"] == name]
            mean, low, high = (np.array([row[key][k] for row in own]) for k in range(3))
            axes.errorbar([row["labels"] for row in own], mean, [mean - low, high - mean], color=COLOURS[i],
                          marker="osD^v"[i], capsize=2, linewidth=1.4, markersize=4, label=name)  # fmt: skip
        if key in noise:
            axes.axhline(noise[key], color=LIGHT.ink, linestyle=":", linewidth=1)
            axes.text(0, noise[key], " ceiling by label noise", transform=axes.get_yaxis_transform(), fontsize=8,
                      va="bottom", color=LIGHT.muted)  # fmt: skip
        axes.set_xscale("log")
        sizes = sorted({row["labels"] for row in rows})
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.set_xticks([], minor=True)
        axes.set_xlabel("labels")
        axes.set_ylabel(title)
        if panel == 0:
            axes.legend(frameon=False, fontsize=8)
    save_figure(figure, path)


if __name__ == "__main__":
    main()
