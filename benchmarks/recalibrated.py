"""Exports a subnet with batch-norm statistics recalibrated on photos that its SuperNet has learnt from, as those of
`baseline.py` are: for comparisons in which no network's statistics are predicted.

`--subnet` is a `subnet.json` that `facefit fit` or `facefit search` wrote, or `largest` or `smallest`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from facefit.artifacts import read_json
from facefit.bundle import Bundle
from facefit.cli.sources import check_task, source_again
from facefit.graph import export
from facefit.space import SearchSpace, Subnet
from facefit.space.config import subnet_from_config, subnet_to_config
from facefit.supernet.images import network_input
from facefit.supernet.loading import from_shared_weights
from facefit.supernet.reference import as_arrays, pytorch_reference


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path, help="folder of the SuperNet's training run")
    parser.add_argument("--task", default="identity", help="expression or identity")
    parser.add_argument("--data", type=Path, required=True, help="the photos that it was trained on")
    parser.add_argument("--subnet", default="largest", help="FILE, largest or smallest")
    parser.add_argument("--out", type=Path, required=True, help="a .tflite file")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    bundle = Bundle.load(args.bundle, check_task(args.task))
    subnet = named(args.subnet, bundle.space)
    parts = source_again(bundle.metadata, args.bundle, args.data).read(max(bundle.space.resolutions))
    net = from_shared_weights(bundle.weights)
    statistics = net.recalibrate(subnet, network_input(parts.calibration, subnet.resolution))
    held_out = network_input(parts.search_split, subnet.resolution)
    right = parts.search_split.count_right(*net.evaluate(subnet, held_out, statistics).arrays())
    network = bundle.extract(subnet, as_arrays(statistics))
    reference = pytorch_reference(network), "PyTorch"
    result = export(network, args.out, bundle.outputs, reference=reference, seed=args.seed)
    facts = {
        "subnet": subnet_to_config(bundle.space, subnet),
        "calibration_n": len(parts.calibration),
        "seed": args.seed,
    }
    facts |= {"search_split_accuracy": right / parts.search_split.questions, "search_split_n": len(parts.search_split)}
    print(json.dumps(result.to_json() | facts))


def named(text: str, space: SearchSpace) -> Subnet:
    if text in ("largest", "smallest"):
        found: Subnet = getattr(space, text)
        return found
    return subnet_from_config(space, read_json(Path(text), "a net_config.json"))


if __name__ == "__main__":
    main()
