"""Networks that a user would otherwise take, and the SuperNet's ends trained alone, under the SuperNet's own recipe,
photos, resolution and epochs: accuracy on FER2013Valid by majority, paired against EfficientNet-B0, size and latency.

Each network has a run folder below --out, as `baseline.py` makes it: an interrupted call goes on, and what is finished
is not trained again. `--start-from` names such a folder of another task, from whose runs the networks begin, as a
SuperNet begins with --start; where it holds that task's `supernet.safetensors`, the SuperNet's ends begin with what
they are in it. Subnets of a SuperNet join the table as NAME=FILE, with files from `facefit fit` or `facefit export`;
`--recipe` has to be the SuperNet's then. Photos, teachers and epochs of all that a network has learnt since its first
weights are compared, and told before training and under the table where they differ. All are judged, sized and timed
by their files, which give descriptor and probabilities."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from baseline import RECIPES
from baselines_table import REFERENCE, Entry, compared, markdown
from machine import machine
from named_files import named_file
from one_network import train_one
from one_network_order import FILE, SUBNETS, Order
from schooling import Lesson, in_order, schooling_of, schooling_of_start, taught_differently
from trials import shortened, with_fewer

from facefit.bundle import SUPERNET
from facefit.cli.output import Output
from facefit.cli.sources import Expressions
from facefit.device import LocalBackend
from facefit.errors import FacefitError, InputError
from facefit.faces.ferplus import CLASSES
from facefit.runtime import Descriptor
from facefit.training.recipe import load_recipe

NETWORKS = (REFERENCE, "MobileNetV3-Large", "MobileFaceNet", "AlexNet", *SUBNETS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="FER+ folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, default=RECIPES / "ferplus.yaml")
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS))
    parser.add_argument("--start-from", type=Path, help="folder of runs, one for each network, to start from")
    parser.add_argument("--ours", nargs="*", default=[], metavar="NAME=FILE", type=named_file,
                        help="descriptors that facefit exported (.tflite)")  # fmt: skip
    parser.add_argument("--weights", choices=("float16", "float32"), default="float16", help="numbers in the files")
    parser.add_argument("--epochs-scale", type=float, default=1.0, help="less than 1 for a trial")
    parser.add_argument("--images", type=int, help="learn from so many photos only, for a trial")
    parser.add_argument("--seconds", type=float, default=20.0, help="least time spent on latencies")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    try:
        names = list(dict.fromkeys([REFERENCE, *args.networks]))
        ours = exported(args.ours, names)
        entries = trained(names, ours, args)
        rows = compared(entries, args.data, LocalBackend(args.threads), args.seconds, args.seed)
    except FacefitError as error:
        sys.exit(f"error: {error}")
    differently = taught_differently({name: entry.schooling for name, entry in entries.items()})
    print(markdown(rows, differently))
    print(json.dumps({"protocol": "ferplus-majority", "split": "FER2013Valid", "n": rows[0]["n"],
                      "recipe": str(args.recipe), "epochs_scale": args.epochs_scale, "seed": args.seed,
                      "threads": args.threads, "taught_differently": differently, "machine": machine(),
                      "rows": rows}))  # fmt: skip


def exported(files: list[tuple[str, Path]], others: list[str]) -> dict[str, Entry]:
    """Entries of files that can be judged and timed; `InputError` or `ArtifactError` before any work for others."""
    entries = dict[str, Entry]()
    for i, (name, file) in enumerate(files):
        if name in [*others, *(before for before, _ in files[:i])] or file.suffix.lower() != ".tflite":
            raise InputError(f"--ours {name}={file}: expected another name than {', '.join(others)}, and a .tflite")
        embed = Descriptor(file)
        if set(embed.classes) != set(CLASSES):
            raise InputError(f"--ours {name}={file}: tells {', '.join(embed.classes) or 'no classes'} apart; expected "
                             f"FER+'s: {', '.join(CLASSES)}")  # fmt: skip
        entries[name] = Entry(file, None, schooling_of(embed.card.get("training")))
    return entries


def trained(names: list[str], ours: dict[str, Entry], args: argparse.Namespace) -> dict[str, Entry]:
    """The networks, trained where they are not yet, and then ours."""
    source, recipe = Expressions(args.data), shortened(load_recipe(args.recipe), args.epochs_scale)
    starts = {name: start_of(name, args.start_from) for name in names}
    parts = with_fewer(source.read(recipe.resolutions[-1]), args.images)
    own = Lesson(args.data.name, len(parts.learning), None, sum(phase.epochs for phase in recipe.phases))
    before = {name: schooling_of_start(start) for name, start in starts.items()}
    schooling = {name: None if known is None else in_order([*known, own]) for name, known in before.items()}
    output, entries = Output(as_json=True), dict[str, Entry]()
    if differently := taught_differently(schooling | {name: entry.schooling for name, entry in ours.items()}):
        output.line(f"taught differently: {differently}")
    for name in names:
        order = Order(name, "expression", recipe, args.data, source, args.out / folder_name(name), starts[name],
                      "research only", args.seed, args.weights)  # fmt: skip
        file = train_one(order, parts, output).file
        entries[name] = Entry(file, starts[name], schooling[name])
    return entries | ours


def start_of(name: str, runs: Path | None) -> Path | None:
    """The run that a network begins from, or the SuperNet; `InputError` where it is missing or has not ended."""
    if runs is None:
        return None
    if name in SUBNETS and (runs / SUPERNET).exists():
        return runs / SUPERNET
    run = runs / folder_name(name)
    if not (run / FILE).exists():
        raise InputError(f"{run}: holds no {FILE}; expected a finished run of {name}: train it, or leave it out")
    return run


def folder_name(network: str) -> str:
    return network.lower().replace(" ", "-")


if __name__ == "__main__":
    main()
