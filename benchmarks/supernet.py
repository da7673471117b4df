"""Accuracy of the bundled SuperNet's subnets on a split that nothing was trained or selected on."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from machine import machine

from facefit.bundle import Bundle
from facefit.evaluation.intervals import wilson_interval
from facefit.faces.dataset import LabelledFaces, in_search_split
from facefit.faces.ferplus import load_ferplus
from facefit.labels.plan import uniform_labels
from facefit.space import Subnet
from facefit.space.population import decode
from facefit.supernet.images import network_input
from facefit.supernet.loading import from_shared_weights
from facefit.supernet.normalisers import Statistics


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="FER+ folder")
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--random", type=int, default=20, help="number of random subnets")
    parser.add_argument("--calibration", type=int, default=768)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    bundle = Bundle.load(args.bundle)
    net = from_shared_weights(bundle.weights)
    valid = load_ferplus(args.data, "valid", "majority")
    train, _ = load_ferplus(args.data, "train", "majority").split(in_search_split)
    calibration = train.where(np.isin(np.arange(len(train)), rng.permutation(len(train))[: args.calibration]))
    space = bundle.space

    def right(subnet: Subnet, statistics: Statistics) -> np.ndarray:
        images = network_input(valid, subnet.resolution)
        return net.evaluate(subnet, images, statistics).logits.argmax(1).numpy() == valid.labels

    def row(subnet: Subnet, name: str) -> dict[str, object]:
        exact = right(subnet, net.recalibrate(subnet, network_input(calibration, subnet.resolution)))
        tensors = {
            k: (torch.from_numpy(m), torch.from_numpy(v)) for k, (m, v) in bundle.statistics.predict(subnet).items()
        }
        predicted = right(subnet, tensors)
        return {
            "subnet": name,
            "recalibrated": summary(exact, valid),
            "predicted_statistics": summary(predicted, valid),
        }

    rows = [row(space.largest, "largest"), row(space.smallest, "smallest")]
    rows += [row(s, str(s)) for s in decode(space, uniform_labels(space, args.random, rng))]
    exact, predicted = (
        np.array([r[k]["accuracy"] for r in rows[2:]]) for k in ("recalibrated", "predicted_statistics")
    )  # type: ignore[index]
    gap = 100 * (exact - predicted)
    print(json.dumps({
        "protocol": valid.protocol, "split": "FER2013Valid", "n": len(valid), "seed": args.seed, "machine": machine(),
        "largest": rows[0], "smallest": rows[1], "random_subnets": args.random,
        "random_mean_accuracy": float(exact.mean()), "random_min": float(exact.min()), "random_max": float(exact.max()),
        "statistics_gap_points_mean": float(gap.mean()),
        "statistics_gap_points_interval": interval_of_mean(gap),
        "statistics_gap_points_worst": float(gap.max()),
    }))  # fmt: skip


def summary(right: np.ndarray, faces: LabelledFaces) -> dict[str, object]:
    low, high = wilson_interval(int(right.sum()), len(faces))
    return {"accuracy": float(right.mean()), "interval": [low, high]}


def interval_of_mean(values: np.ndarray) -> list[float]:
    half = 1.96 * values.std(ddof=1) / len(values) ** 0.5
    return [float(values.mean() - half), float(values.mean() + half)]


if __name__ == "__main__":
    main()
