"""A training step of the largest subnet, with our gradient of depthwise kernels and with PyTorch's own: seconds.
Both take turns; medians."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from unittest.mock import patch

import torch
import torch.nn.functional as F
from machine import machine
from torch import Tensor

from facefit.freed_memory import keep_freed_memory
from facefit.space import ofa_mbv3
from facefit.supernet.depthwise import depthwise
from facefit.supernet.network import SuperNet
from facefit.supernet.normalisers import normalise_by_batch

Convolve = Callable[[Tensor, Tensor, int, int], Tensor]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--resolution", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    keep_freed_memory()  # as a training does
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    space = ofa_mbv3(1.2, (args.resolution,), 128)
    net = SuperNet(space, 0)
    images = torch.randn(args.batch, 3, args.resolution, args.resolution).contiguous(memory_format=torch.channels_last)
    ways: dict[str, Convolve] = {"ours": depthwise, "pytorch": pytorch}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(args.rounds + 1):
        for name, convolve in ways.items():
            with patch("facefit.supernet.elastic.depthwise", convolve):
                took = step(net, images)
            if turn:  # the first turn compiles
                seconds[name].append(took)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print(json.dumps({
        "resolution": args.resolution, "batch": args.batch, "threads": args.threads, "rounds": args.rounds,
        "step_seconds": medians, "ratio": medians["pytorch"] / medians["ours"],
        "spread": {name: [min(values), max(values)] for name, values in seconds.items()}, "machine": machine(),
    }))  # fmt: skip


def pytorch(x: Tensor, weight: Tensor, stride: int, margin: int) -> Tensor:
    return F.conv2d(x, weight, None, stride, margin, groups=x.shape[1])


def step(net: SuperNet, images: Tensor) -> float:
    net.zero_grad(set_to_none=True)
    start = time.perf_counter()
    loss = F.normalize(net(images, net.space.largest, normalise_by_batch).descriptor).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
