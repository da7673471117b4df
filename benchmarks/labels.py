"""Labelling with shared prefixes against one subnet at a time: the same numbers, in less time."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from machine import machine

from facefit.bundle import Bundle
from facefit.faces.dataset import LabelledFaces
from facefit.faces.ferplus import load_ferplus
from facefit.labels.plan import graded_labels
from facefit.labels.workers import Work, chunks
from facefit.space.population import Genes, decode
from facefit.supernet.images import network_input
from facefit.supernet.loading import from_shared_weights
from facefit.supernet.network import SuperNet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="FER+ folder")
    parser.add_argument("--subnets", type=int, default=48)
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    net = from_shared_weights(Bundle.load().weights)
    faces = load_ferplus(args.data, "valid", "majority")
    first = np.arange(len(faces))
    calibration, split = faces.where(first < 128), faces.where((first >= 128) & (first < 128 + args.images))
    genes = graded_labels(net.space, args.subnets, np.random.default_rng(args.seed))
    started = time.perf_counter()
    parts = [Work(net, calibration, split).label(part) for part in chunks(genes, args.subnets)]
    shared_seconds = time.perf_counter() - started
    ordered = np.concatenate([part.genes for part in parts])
    started = time.perf_counter()
    alone = [right_alone(net, gene, calibration, split) for gene in ordered]
    alone_seconds = time.perf_counter() - started
    print(json.dumps({
        "seed": args.seed, "subnets": args.subnets, "images": len(split), "machine": machine(),
        "shared_seconds": shared_seconds, "one_by_one_seconds": alone_seconds,
        "times_faster": alone_seconds / shared_seconds,
        "same_numbers": alone == np.concatenate([part.right for part in parts]).tolist(),
    }))  # fmt: skip


def right_alone(net: SuperNet, gene: Genes, calibration: LabelledFaces, split: LabelledFaces) -> int:
    (subnet,) = decode(net.space, gene[None])
    statistics = net.recalibrate(subnet, network_input(calibration, subnet.resolution))
    logits = net.evaluate(subnet, network_input(split, subnet.resolution), statistics).logits
    return int((logits.argmax(1).numpy() == split.labels).sum())


if __name__ == "__main__":
    main()
