"""`facefit evaluate`: what an exported file is worth on labelled faces."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from facefit.cli.expression import check_no_people, judge_expressions
from facefit.cli.identity import PEOPLE, REPEATS, IdentityOrder, evaluate_identity
from facefit.cli.options import (
    ForeignColour,
    ForeignLayout,
    ForeignOutput,
    ForeignSize,
    Json,
    Mean,
    Pixels,
    Seed,
    Std,
    Threads,
    ViewOfFaces,
)
from facefit.cli.output import Output
from facefit.errors import InputError
from facefit.evaluation import EXPRESSION_PROTOCOLS
from facefit.evaluation.identity_protocols import IDENTITY_PROTOCOLS, PAIR_PROTOCOLS, SUBJECT_VIEWS
from facefit.runtime import BLACK_AND_WHITE, Descriptor, ImageForm

_PROTOCOLS = {name: protocol.summary for name, protocol in EXPRESSION_PROTOCOLS.items()} | dict(IDENTITY_PROTOCOLS)


def evaluate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .tflite or .onnx file that gives probabilities or descriptors.")
    ],
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of labelled faces.")],
    protocol: Annotated[
        str, typer.Option(metavar="NAME", help="\n\n".join(f"{name}: {told}." for name, told in _PROTOCOLS.items()))
    ],
    split: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Part of the data (default: FER+'s and AffectNet's 'valid', all of a folder)."
        ),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draws the confusion matrix (.svg or .png).")
    ] = None,
    people: Annotated[
        int | None,
        typer.Option(min=2, help="How many of the 596 people lfw-robustness asks for.", show_default=str(PEOPLE)),
    ] = None,
    repeats: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Galleries that protocols of identification and lfw-robustness draw (paper: 5, its notebook: 10).",
            show_default=str(REPEATS),
        ),
    ] = None,
    view: ViewOfFaces = None,
    detections: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where detected faces are kept (default: the user's cache).")
    ] = None,
    keep_thresholds: Annotated[
        bool,
        typer.Option(
            "--keep-thresholds",
            help=f"Keep the thresholds that {' or '.join(PAIR_PROTOCOLS)} finds in the file's card.",
        ),
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help=f"{', '.join(SUBJECT_VIEWS)}: writes a page with what it looks at and whom it takes for whom.",
        ),
    ] = None,
    pixels: Pixels = BLACK_AND_WHITE,
    mean: Mean = None,
    std: Std = None,
    layout: ForeignLayout = None,
    size: ForeignSize = None,
    colour: ForeignColour = "rgb",
    output_name: ForeignOutput = None,
    threads: Threads = 1,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Measure accuracy with its 95 % interval.

    Expressions: recall of each class, and what is confused with what. Descriptors, on LFW or on your own people, a
    folder each: identification (lfw-596, people), verification (pairs), and what disturbed photos cost
    (lfw-robustness). Other people's files are judged too; say what
    they want to see, as in --mean 0.5 0.5 0.5 --std 0.5 0.5 0.5 --colour bgr.
    """
    if protocol not in _PROTOCOLS:
        raise InputError(f"protocol '{protocol}' is unknown; expected one of {', '.join(_PROTOCOLS)}")
    form = ImageForm(pixels, mean, std, layout, size, colour, output_name)
    if protocol in EXPRESSION_PROTOCOLS:
        if report:
            raise InputError(f"--report is for {', '.join(SUBJECT_VIEWS)}; {protocol} has --figure")
        given = {"--people": people, "--repeats": repeats, "--view": view, "--detections": detections}
        check_no_people(given | {"--keep-thresholds": keep_thresholds or None, "--output": output_name}, protocol)
        descriptor = Descriptor(file, threads, form=form)
        judge_expressions(descriptor, file, data, protocol, split, figure, Output(json))
        return
    if split or figure:
        raise InputError(f"--split and --figure are for expressions; {protocol} has no parts and draws nothing")
    order = IdentityOrder(protocol, data, people, repeats, view, detections, keep_thresholds, report, threads, seed)
    evaluate_identity(file, Descriptor(file, threads, form=form), order, Output(json))
