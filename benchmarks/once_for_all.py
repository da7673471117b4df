"""Our import of once-for-all weights against once-for-all's own network: the same outputs for the same subnet.

Takes the folder of a clone of github.com/mit-han-lab/once-for-all.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from machine import machine
from their_code import their_module

from facefit.space import ofa_mbv3, subnet_to_config
from facefit.space.population import decode, sample
from facefit.supernet.normalisers import NormaliseByStatistics, Statistics
from facefit.supernet.once_for_all import from_once_for_all


class LeadingStatistics(NormaliseByStatistics):
    """Statistics of the largest subnet, cut to the active channels, as once-for-all uses them."""

    def __init__(self, statistics: Statistics) -> None:
        super().__init__(statistics)

    def __call__(self, name: str, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        mean, variance = (v[: x.shape[1]] for v in self.statistics[name])
        return torch.nn.functional.batch_norm(x, mean, variance, weight, bias, eps=1e-5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clone", type=Path)
    parser.add_argument("--subnets", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    theirs = their_network(args.clone)
    space = ofa_mbv3(resolutions=(64, 224))
    ours, statistics = from_once_for_all(theirs.state_dict(), space)
    rng, differences, scale = np.random.default_rng(args.seed), [], []
    for subnet in [space.largest, space.smallest, *decode(space, sample(space, args.subnets, rng))]:
        config = subnet_to_config(space, subnet)
        theirs.set_active_subnet(ks=config["ks"], e=config["e"], d=config["d"])
        images = torch.randn(2, 3, subnet.resolution, subnet.resolution)
        with torch.inference_mode():
            expected = theirs(images)
            seen = ours(images, subnet, LeadingStatistics(statistics)).logits
        differences.append(float((seen - expected).abs().max()))
        scale.append(float(expected.abs().max()))
    print(json.dumps({"seed": args.seed, "subnets": len(differences), "max_abs_difference": max(differences),
                      "largest_logit": max(scale), "machine": machine()}))  # fmt: skip
    if max(differences) > 1e-5 * max(scale):
        sys.exit("our import computes something else than once-for-all's own code")


def their_network(clone: Path) -> Any:
    networks = their_module(clone, "ofa.imagenet_classification.elastic_nn.networks")
    net = networks.OFAMobileNetV3(8, dropout_rate=0, width_mult=1.2, ks_list=[3, 5, 7], expand_ratio_list=[3, 4, 6],
                                  depth_list=[2, 3, 4]).eval()  # fmt: skip
    for name, value in [*net.named_parameters(), *net.named_buffers()]:
        if "matrix" in name:
            value.data.add_(0.2 * torch.randn_like(value))
        elif "running_var" in name:
            value.data.uniform_(0.5, 2)
        elif "running_mean" in name or ("bn" in name and value.dtype.is_floating_point):
            value.data.add_(0.2 * torch.randn_like(value))
    return net


if __name__ == "__main__":
    main()
