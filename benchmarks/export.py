"""Seconds of an export, and how far the file's answers are from PyTorch's on random images."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from machine import machine
from numpy.typing import NDArray

from facefit.fit.parity import best_reference
from facefit.graph import LoadedModel, export, random_network
from facefit.graph.forms import Output
from facefit.space import ofa_mbv3
from facefit.space.population import decode, sample
from facefit.supernet.static_module import StaticModule
from facefit.weights import StaticNetwork

CLASSES = tuple("abcdefgh")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subnets", type=int, default=8)
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--resolutions", type=int, nargs="+", default=[64, 224])
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    results = {}
    for resolution in args.resolutions:
        rng = np.random.default_rng(args.seed)
        space = ofa_mbv3(resolutions=(resolution,))
        networks = [random_network(space, s, rng, CLASSES) for s in decode(space, sample(space, args.subnets, rng))]
        results[f"{resolution}px"] = measure(networks, args.images, rng)
    print(
        json.dumps({"seed": args.seed, "subnets": args.subnets, "images": args.images, "machine": machine(), **results})
    )


def measure(networks: list[StaticNetwork], n: int, rng: np.random.Generator) -> dict[str, float | None]:
    seconds, differences, cosines, partitions = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for network in networks:
            path = Path(folder) / "descriptor.tflite"
            started = time.perf_counter()
            outputs: tuple[Output, ...] = ("descriptor", "probabilities")
            exported = export(network, path, outputs, reference=best_reference(network))
            partitions.append(exported.delegate_partitions)
            seconds.append(time.perf_counter() - started)
            size = network.subnet.resolution
            pixels = rng.uniform(0, 255, (n, size, size, 3)).astype(np.float32)
            model = LoadedModel(path.read_bytes())
            ours = unit(np.concatenate([model.run(image=image[None])["descriptor"] for image in pixels]))
            theirs = unit(torch_descriptors(network, pixels))
            differences.append(float(np.abs(ours - theirs).max()))
            cosines.append(float((ours * theirs).sum(axis=1).min()))
    return {
        "export_seconds_median": float(np.median(seconds)),
        "export_seconds_max": max(seconds),
        "parity_max_abs": max(differences),
        "parity_cosine_min": min(cosines),
        "delegate_partitions_max": max((p for p in partitions if p is not None), default=None),
    }


@torch.inference_mode()
def torch_descriptors(network: StaticNetwork, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    module = StaticModule(network)
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (network.metadata.mean, network.metadata.std))
    x = (torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255 - mean) / std
    parts = torch.split(x, 20)
    return np.concatenate([module(part).descriptor.numpy() for part in parts])


def unit(x: NDArray[np.float32]) -> NDArray[np.float64]:
    precise = x.astype(np.float64)
    units: NDArray[np.float64] = precise / np.linalg.norm(precise, axis=1, keepdims=True)
    return units


if __name__ == "__main__":
    main()
