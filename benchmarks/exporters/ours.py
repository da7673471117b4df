"""Random networks of the space, saved for all exporters, our files of them, and their answers in float64 on two images.

Timed is what the others do as well, once for each network: from weights in memory to a `.tflite` file on the disk, not
waiting for the disk and comparing nothing. `checked` is the time of `facefit export`, which also puts the card inside,
runs the file, compares it, seals it, and waits until it is on the disk.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from pathlib import Path

import numpy as np

from facefit.graph import export, network_graph, random_network, reference_outputs, tflite_parts
from facefit.graph.parity import random_images
from facefit.space import Block, Subnet, ofa_mbv3
from facefit.space.population import decode, sample

IMAGES = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--subnets", type=int, default=8)
    parser.add_argument("--without7", type=int, default=4, help="so many more, with a 5x5 in place of each 7x7")
    parser.add_argument("--resolution", type=int, default=224)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    space = ofa_mbv3(resolutions=(args.resolution,))
    drawn = list(decode(space, sample(space, args.subnets, rng)))
    drawn += [small_kernels(subnet) for subnet in decode(space, sample(space, args.without7, rng))]
    args.folder.mkdir(parents=True, exist_ok=True)
    for i, subnet in enumerate(drawn):
        place = args.folder / f"{i:02d}{'' if i < args.subnets else '-without7'}"
        network = random_network(space, subnet, rng, ("a", "b"))
        network.save(place.with_suffix(".safetensors"))
        started = time.perf_counter()
        with open(f"{place}.ours.tflite", "wb") as file:
            file.writelines(tflite_parts(network_graph(network)))
        seconds = time.perf_counter() - started
        checked = export(network, Path(f"{place}.checked.tflite")).seconds
        images = random_images(args.resolution, IMAGES, rng)
        expected = reference_outputs(network, images)["descriptor"]
        np.savez(f"{place}.answers.npz", images=images, descriptors=expected)
        np.savez(f"{place}.ours.npz", seconds=seconds, checked=checked)
        print(place.name, f"{seconds:.3f} s, with card and comparison {checked:.2f} s", subnet, flush=True)


def small_kernels(subnet: Subnet) -> Subnet:
    groups = (tuple(Block(min(block.kernel, 5), block.expand) for block in group) for group in subnet.groups)
    return dataclasses.replace(subnet, groups=tuple(groups))


if __name__ == "__main__":
    main()
