"""What ranks subnets best: pair accuracy and Kendall tau of each surrogate on labelled subnets held out of its fit."""

from __future__ import annotations

import argparse
import json

import numpy as np
from machine import machine

from facefit.bundle import LABELS, Bundle
from facefit.comparator import BoostingSurrogate, ByAccuracy, Comparator, RidgeSurrogate, kendall_tau, pair_accuracy
from facefit.comparator.splits import split_subnets
from facefit.labels.store import Labels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    labels = Labels.load(Bundle.load().folder / LABELS)
    space, genes, accuracy = labels.space, labels.genes, labels.accuracy
    scores: dict[str, list[tuple[float, float]]] = {}
    for seed in range(args.seeds):
        *known, held_out = split_subnets(space, genes, np.random.default_rng(seed))
        data = space, genes[np.concatenate(known)], accuracy[np.concatenate(known)]
        models = {
            "comparator": Comparator.fit(*data, np.random.default_rng(seed)),
            "boosting": ByAccuracy(BoostingSurrogate.fit(*data, np.random.default_rng(seed))),
            "ridge": ByAccuracy(RidgeSurrogate.fit(*data, np.random.default_rng(seed))),
        }
        a, b = np.triu_indices(len(held_out), 1)
        for name, model in models.items():
            preferred = model.prefer(genes[held_out][a], genes[held_out][b])
            wins = np.bincount(a, preferred, len(held_out)) + np.bincount(b, 1 - preferred, len(held_out))
            truth = accuracy[held_out]
            scores.setdefault(name, []).append((pair_accuracy(preferred, truth[a], truth[b]), kendall_tau(wins, truth)))
    rows = {
        name: {"pair_accuracy_mean": float(np.mean(s, 0)[0]), "kendall_tau_mean": float(np.mean(s, 0)[1]),
               "pair_accuracy": [float(pair) for pair, _ in s]}
        for name, s in scores.items()
    }  # fmt: skip
    print(json.dumps({"labels": len(labels), "protocol": labels.protocol, "n": labels.n, "seeds": args.seeds,
                      "machine": machine(), **rows}))  # fmt: skip


if __name__ == "__main__":
    main()
