"""Descriptors side by side on LFW, as in the paper's table 2: one-shot identification of 596 people on aligned and on
cropped faces, latency against EfficientNet-B0 measured in alternating bursts, and size.

Give each network a name: `ours=a.tflite half=b.tflite EfficientNet-B0=c.tflite MobileFaceNet=d.tflite`. Differences are
paired, on the same probes and galleries, to the network that `--against` names."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from machine import machine

from facefit.cli.output import progress_bar
from facefit.device import LocalBackend, time_rounds
from facefit.device.costs import count_costs
from facefit.evaluation.bootstrap import Estimate
from facefit.evaluation.harness import Harness
from facefit.evaluation.lfw import Recognition, recognise_subjects
from facefit.evaluation.paired import accuracy_difference
from facefit.faces.detections import default_file
from facefit.faces.detector import FaceDetector
from facefit.runtime import Descriptor
from facefit.weights import TrainedPeople

PROTOCOLS = {"aligned": "lfw-596", "cropped": "lfw-596-cropped"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", metavar="NAME=FILE", type=named_file)
    parser.add_argument("--data", type=Path, required=True, help="LFW with its lists")
    parser.add_argument("--detections", type=Path, help="where detected faces are kept; default: the user's cache")
    parser.add_argument("--against", default="EfficientNet-B0")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--people", type=int, help="some of the 596, for a trial")
    parser.add_argument("--seconds", type=float, default=20.0, help="least time spent on latencies")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    files: dict[str, Path] = dict(args.files)
    if args.against not in files:
        parser.error(f"no file is named {args.against}; name one, or choose another with --against")
    seen = {name: judge(file, args) for name, file in files.items()}
    models, rng = {name: file.read_bytes() for name, file in files.items()}, np.random.default_rng(args.seed)
    timings = time_rounds(LocalBackend(args.threads), models, rng, at_least_s=args.seconds)
    rows = []
    for name, file in files.items():
        cost, ratio = count_costs(models[name]), timings[name].ms / timings[args.against].ms
        row = {"network": name, "file": str(file), "parameters": cost.parameters, "size_bytes": file.stat().st_size,
               "measured_ms": timings[name].ms, "latency_ratio": ratio}  # fmt: skip
        for view, recognition in seen[name].items():
            result, other = recognition.result(), seen[args.against][view]
            row[view] = figures(result.accuracy) | {
                "median": result.median.value, "person_mean": figures(result.person_mean), "n": result.n,
                "probes": result.probes, "without_face": result.without_face,
                f"minus_{args.against}": figures(accuracy_difference(recognition.recognised, other.recognised)),
            }  # fmt: skip
        cropped, aligned = (seen[name][view].recognised for view in ("cropped", "aligned"))
        row["cropped_minus_aligned"] = figures(accuracy_difference(cropped, aligned))
        rows.append(row)
    first = next(iter(seen.values()))
    facts = {"protocols": [r.protocol for r in first.values()], "repeats": args.repeats, "seed": args.seed}
    facts |= {"threads": args.threads, "against": args.against, "machine": machine(), "rows": rows}
    print(json.dumps(facts))
    print(markdown(rows, args.against))


def judge(file: Path, args: argparse.Namespace) -> dict[str, Recognition]:
    embed = Descriptor(file, args.threads)
    trained, kept = TrainedPeople.of_card(embed.card), args.detections or default_file(args.data)
    harness = Harness(embed, FaceDetector(threads=args.threads), kept, progress_bar, trained)
    return {
        view: recognise_subjects(harness, args.data, protocol, repeats=args.repeats, seed=args.seed, people=args.people)
        for view, protocol in PROTOCOLS.items()
    }


def figures(estimate: Estimate) -> dict[str, object]:
    return {"value": estimate.value, "interval": list(estimate.interval)}


def markdown(rows: list[dict[str, object]], against: str) -> str:
    views = (f"{view}, % | against {against}" for view in PROTOCOLS)
    lines = [f"| network | {' | '.join(views)} | latency | parameters | file |", "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        cells = [str(row["network"])]
        for view in PROTOCOLS:
            found: dict = row[view]  # type: ignore[assignment, type-arg]
            cells += [percent(found), "" if row["network"] == against else percent(found[f"minus_{against}"], sign="+")]
        cells += [f"{row['latency_ratio']:.2f}x", f"{float(str(row['parameters'])) / 1e6:.2f} M"]
        cells.append(f"{float(str(row['size_bytes'])) / 1e6:.1f} MB")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def percent(figure: dict, sign: str = "") -> str:  # type: ignore[type-arg]
    low, high = figure["interval"]
    return f"{100 * figure['value']:{sign}.2f} ({100 * low:{sign}.2f} to {100 * high:{sign}.2f})"


def named_file(text: str) -> tuple[str, Path]:
    name, _, file = text.partition("=")
    if not file.endswith(".tflite"):
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=FILE.tflite")
    return name, Path(file)


if __name__ == "__main__":
    main()
