"""Which label tells better which subnets are accurate: how many photos were right, or how likely right answers were.

Subnets of about one latency, a random part of those that are labelled, answer the search split once more. Random halves
of its photos are set against each other: what a label on one half says of the accuracy on the other, as the correlation
over subnets, and as what is won on the other half by taking the best of `--choice` subnets by that label instead of a
random one. Means over halves, with 95 % intervals over subnets."""

from __future__ import annotations

import argparse
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from machine import machine
from numpy.typing import NDArray
from one_object import print_result

from facefit.bundle import LABELS, Bundle
from facefit.cli.faces import Parts
from facefit.cli.output import progress_bar
from facefit.cli.sources import Expressions
from facefit.device import DeviceProfile
from facefit.errors import InputError
from facefit.evaluation.bootstrap import estimate, resampled_counts
from facefit.faces.dataset import log_probabilities
from facefit.labels.labelling import CHUNK
from facefit.labels.shared_prefix import SharedPrefix
from facefit.labels.store import Labels
from facefit.labels.workers import chunks
from facefit.space.population import Genes, decode
from facefit.supernet.images import network_input
from facefit.supernet.loading import from_shared_weights
from facefit.supernet.network import SuperNet

Table: TypeAlias = NDArray[np.float64]
REPLICATES = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="FER+ folder")
    parser.add_argument("--profile", type=Path, required=True, help="whose latencies count")
    parser.add_argument("--between", nargs=2, default=["0.5x", "0.6x"], help="latencies, such as 0.5x or 0.3ms")
    parser.add_argument("--subnets", type=int, default=200)
    parser.add_argument("--halves", type=int, default=100, help="so many random halves of the photos")
    parser.add_argument("--choice", type=int, default=16, help="subnets to take the best of")
    parser.add_argument("--seed", type=int, default=0)
    print_result(partial(measured, parser.parse_args()))


def measured(args: argparse.Namespace) -> dict[str, Any]:
    bundle, rng = Bundle.load(), np.random.default_rng(args.seed)
    profile = DeviceProfile.load(args.profile).narrowed(bundle.space)
    low, high = (profile.limit_ms(text) for text in args.between)
    genes = Labels.load(bundle.folder / LABELS).genes
    latency_ms = profile.latency(bundle.space).of(genes)
    found = genes[(latency_ms >= low) & (latency_ms <= high)]
    if len(found) < max(args.choice, 3):
        raise InputError(f"{len(found)} labelled subnets are between {low:.3f} and {high:.3f} ms; widen --between")
    drawn = rng.permutation(found)[: args.subnets]
    faces = Expressions(args.data).read(max(bundle.space.resolutions))
    right, likely = answered(from_shared_weights(bundle.weights), drawn, faces)
    halves = [half(right.shape[1], rng) for _ in range(args.halves)]
    return {
        "subnets": len(drawn), "of": len(found), "between_ms": [low, high], "n": right.shape[1],
        "halves": args.halves, "choice": args.choice, "seed": args.seed,
        **{name: told(table, right, halves, args.choice, rng)
           for name, table in (("accuracy", right), ("log_likelihood", likely))},
        "machine": machine(),
    }  # fmt: skip


def half(n: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A random half of n photos, as a mask."""
    return rng.permutation(np.arange(n) < n // 2)


def answered(net: SuperNet, genes: Genes, parts: Parts) -> tuple[Table, Table]:
    """1 where a subnet is right, and the logarithm of what it gives to the right answer; both (subnets, photos)."""
    split, row = parts.search_split, {g.tobytes(): i for i, g in enumerate(genes)}
    right, likely = np.zeros((2, len(genes), len(split)))
    done = 0
    with progress_bar(f"asking {len(genes)} subnets") as report:
        for chunk in chunks(genes, CHUNK):
            subnets = decode(net.space, chunk)
            images = (network_input(faces, subnets[0].resolution) for faces in (parts.calibration, split))
            observed = dict(SharedPrefix(net, next(images)).observe(subnets))
            prefix = SharedPrefix(net, next(images))
            for i, output in prefix.answer(subnets, [observed[k] for k in range(len(subnets))]):
                logits, place = output.arrays()[1], row[chunk[i].tobytes()]
                right[place] = logits.argmax(1) == split.labels
                likely[place] = log_probabilities(logits)[np.arange(len(split)), split.labels]
                report(done := done + 1, len(genes))
    return right, likely


def told(
    table: Table, right: Table, halves: list[NDArray[np.bool_]], choice: int, rng: np.random.Generator
) -> dict[str, Any]:
    """What the means of a table on halves of the photos tell of accuracy on the others."""
    pairs = [(table[:, half].mean(1), right[:, ~half].mean(1)) for half in halves]
    counts = resampled_counts(len(table), rng, REPLICATES)
    weights = np.concatenate([np.ones((1, len(table))), counts])
    correlations = np.mean([correlation(label, accuracy, weights) for label, accuracy in pairs], axis=0)
    won = np.array([gain(label, accuracy, choice, rng) for label, accuracy in pairs])
    drawn = rng.integers(len(table), size=(REPLICATES, len(table)))
    replicates = [
        gain(label[rows], accuracy[rows], choice, rng, times=200)
        for rows, (label, accuracy) in zip(drawn, cycle(pairs), strict=False)
    ]
    return {
        "correlation": estimate(float(correlations[0]), correlations[1:]).to_json(),
        "won_points": estimate(float(won.mean()), np.array(replicates)).to_json(),
    }


def correlation(x: Table, y: Table, weights: Table) -> Table:
    """Pearson's, of values (n,), for each row of weights (m, n)."""
    weights = weights / weights.sum(axis=1, keepdims=True)
    dx, dy = x - (weights @ x)[:, None], y - (weights @ y)[:, None]
    covariance, square_x, square_y = ((weights * a * b).sum(axis=1) for a, b in ((dx, dy), (dx, dx), (dy, dy)))
    together: Table = covariance / np.sqrt(square_x * square_y)
    return together


def gain(label: Table, accuracy: Table, choice: int, rng: np.random.Generator, times: int = 20) -> float:
    """Points of accuracy that the best of so many by their label have more than the mean of them."""
    picked = np.stack([rng.permutation(len(label))[:choice] for _ in range(times)])
    best = picked[np.arange(times), label[picked].argmax(axis=1)]
    return float(100 * (accuracy[best] - accuracy[picked].mean(axis=1)).mean())


if __name__ == "__main__":
    main()
