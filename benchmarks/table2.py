"""Descriptors side by side on LFW, as in the paper's table 2: one-shot identification of 596 people on aligned and on
cropped faces, latency measured in alternating bursts, and size.

Give each network a name: `ours=a.tflite half=b.tflite EfficientNet-B0=c.tflite MobileFaceNet=d.tflite`. Differences are
paired, on the same probes and galleries, to each network that `--against` names; latencies are told as ratios to the
first of them. Files of other people, `.onnx` too (which are not timed), come with what they want to see:
`other=e.onnx --form other mean=0.5,0.5,0.5 std=0.5,0.5,0.5 colour=bgr`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from machine import machine
from named_files import forms, named_file
from table2_markdown import markdown

from facefit.cli.output import progress_bar
from facefit.device import BenchRow, LocalBackend, compare
from facefit.errors import FacefitError
from facefit.evaluation.harness import Harness
from facefit.evaluation.lfw import Recognition, recognise_subjects
from facefit.evaluation.paired import accuracy_difference, person_mean_difference
from facefit.faces.detections import default_file
from facefit.faces.detector import FaceDetector
from facefit.runtime import Descriptor, ImageForm
from facefit.runtime.files import open_network
from facefit.weights import SeenPeople

PROTOCOLS = {"aligned": "lfw-596", "cropped": "lfw-596-cropped"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", metavar="NAME=FILE", type=named_file)
    parser.add_argument("--data", type=Path, required=True, help="LFW with its lists")
    parser.add_argument("--detections", type=Path, help="where detected faces are kept; default: the user's cache")
    parser.add_argument("--against", nargs="+", metavar="NAME", default=["EfficientNet-B0"])
    parser.add_argument(
        "--form",
        nargs="+",
        action="append",
        metavar=("NAME", "KEY=VALUE"),
        default=[],
        help="what a file of other people wants to see: pixels, mean, std, layout, size, colour",
    )
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--people", type=int, help="some of the 596, for a trial")
    parser.add_argument("--seconds", type=float, default=20.0, help="least time spent on latencies")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()  # fmt: skip
    files: dict[str, Path] = dict(args.files)
    if missing := [name for name in args.against if name not in files]:
        parser.error(f"no file is named {missing[0]}; name one, or choose another with --against")
    try:
        facts = judged(files, args)
    except FacefitError as error:
        sys.exit(f"error: {error}")
    print(json.dumps(facts))
    print(markdown(facts["rows"], args.against))


def judged(files: dict[str, Path], args: argparse.Namespace) -> dict[str, Any]:
    form = forms(args.form, list(files))
    embeds = {name: Descriptor(file, args.threads, form=form[name]) for name, file in files.items()}
    seen = {name: recognised(embed, args) for name, embed in embeds.items()}
    times = timed(files, args)
    rows = [
        about(name, file, embeds[name], form[name], times.get(name)) | differences(name, seen, args.against)
        for name, file in files.items()
    ]
    first = next(iter(seen.values()))
    return {
        "protocols": [r.protocol for r in first.values()], "repeats": args.repeats, "seed": args.seed,
        "threads": args.threads, "against": args.against, "machine": machine(), "rows": rows,
    }  # fmt: skip


def recognised(embed: Descriptor, args: argparse.Namespace) -> dict[str, Recognition]:
    seen, kept = SeenPeople.of_card(embed.card), args.detections or default_file(args.data)
    harness = Harness(embed, FaceDetector(threads=args.threads), kept, progress_bar, seen, args.threads)
    return {
        view: recognise_subjects(harness, args.data, protocol, repeats=args.repeats, seed=args.seed, people=args.people)
        for view, protocol in PROTOCOLS.items()
    }


def timed(files: dict[str, Path], args: argparse.Namespace) -> dict[str, BenchRow]:
    """The `.tflite` files against the first of `--against`; nothing where that is of another format."""
    models = {name: file.read_bytes() for name, file in files.items() if file.suffix.lower() == ".tflite"}
    if args.against[0] not in models:
        return {}
    rng = np.random.default_rng(args.seed)
    rows = compare(models, LocalBackend(args.threads), baseline=args.against[0], rng=rng, at_least_s=args.seconds)
    return {row.name: row for row in rows}


def about(name: str, file: Path, embed: Descriptor, form: ImageForm, time: BenchRow | None) -> dict[str, Any]:
    """The file itself: what it gives, how large it is, and how fast."""
    return {
        "network": name, "file": str(file), "outputs": list(open_network(file, 1, form.size)[0].output_shapes),
        "weights": embed.card.get("weights"), "size_bytes": file.stat().st_size,
        "parameters": time and time.parameters, "measured_ms": time and time.ms,
        "latency_ratio": time and time.ratio,
        "latency_ratio_interval": time and [time.ratio_low, time.ratio_high],
    }  # fmt: skip


def differences(name: str, seen: dict[str, dict[str, Recognition]], against: list[str]) -> dict[str, Any]:
    """Whom it recognises, and how many more or fewer than others do, and than on the other view."""
    row: dict[str, Any] = {}
    for view, recognition in seen[name].items():
        result = recognition.result()
        others = {other: seen[other][view].recognised for other in against}
        row[view] = result.accuracy.to_json() | {
            "median": result.median.to_json(), "person_mean": result.person_mean.to_json(), "n": result.n,
            "probes": result.probes, "without_face": result.without_face,
        } | {f"minus_{other}": accuracy_difference(recognition.recognised, its).to_json()
             for other, its in others.items()} | {
            f"person_mean_minus_{other}": person_mean_difference(recognition.recognised, its).to_json()
            for other, its in others.items()
        }  # fmt: skip
    cropped, aligned = (seen[name][view].recognised for view in ("cropped", "aligned"))
    return row | {
        "cropped_minus_aligned": accuracy_difference(cropped, aligned).to_json(),
        "person_mean_cropped_minus_aligned": person_mean_difference(cropped, aligned).to_json(),
    }


if __name__ == "__main__":
    main()
