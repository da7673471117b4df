"""`facefit evaluate`: what an exported file is worth on labelled faces."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from facefit.artifacts import check_writable
from facefit.cli.identity import IdentityOrder, evaluate_identity
from facefit.cli.options import (
    ForeignColour,
    ForeignLayout,
    ForeignSize,
    Json,
    Mean,
    Pixels,
    Seed,
    Std,
    Threads,
    ViewOfFaces,
)
from facefit.cli.output import Output, progress_bar
from facefit.errors import InputError
from facefit.evaluation import EXPRESSION_PROTOCOLS, ExpressionResult, evaluate_expression, load_protocol
from facefit.evaluation.lfw import IDENTITY_PROTOCOLS
from facefit.report import check_figure_name, confusion_figure, save_figure
from facefit.runtime import BLACK_AND_WHITE, Descriptor, ImageForm

_PROTOCOLS = (*EXPRESSION_PROTOCOLS, *IDENTITY_PROTOCOLS)


def evaluate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .tflite or .onnx file that gives probabilities or descriptors.")
    ],
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of labelled faces.")],
    protocol: Annotated[str, typer.Option(metavar="NAME", help=f"One of {', '.join(_PROTOCOLS)}.")],
    split: Annotated[str | None, typer.Option(metavar="NAME", help="Part of the data, such as 'valid'.")] = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draws the confusion matrix (.svg or .png).")
    ] = None,
    people: Annotated[int, typer.Option(min=2, help="How many of the 596 people lfw-robustness asks for.")] = 100,
    repeats: Annotated[
        int, typer.Option(min=1, help="Galleries drawn for lfw-596 (5 in the paper, 10 in its notebook).")
    ] = 5,
    view: ViewOfFaces = None,
    detections: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where detected faces are kept (default: the user's cache).")
    ] = None,
    keep_thresholds: Annotated[
        bool, typer.Option("--keep-thresholds", help="Keep the thresholds that lfw-pairs finds in the file's card.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="lfw-596: writes a page with what it looks at and whom it takes for whom."),
    ] = None,
    pixels: Pixels = BLACK_AND_WHITE,
    mean: Mean = None,
    std: Std = None,
    layout: ForeignLayout = None,
    size: ForeignSize = None,
    colour: ForeignColour = "rgb",
    threads: Threads = 1,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Measure accuracy with its 95 % interval.

    Expressions: recall of each class, and what is confused with what. Descriptors, on LFW: identification (lfw-596),
    verification (lfw-pairs), and what disturbed photos cost (lfw-robustness). Other people's files are judged too; say
    what they want to see, as in --mean 0.5 0.5 0.5 --std 0.5 0.5 0.5 --colour bgr.
    """
    if protocol not in _PROTOCOLS:
        raise InputError(f"protocol '{protocol}' is unknown; expected one of {', '.join(_PROTOCOLS)}")
    form = ImageForm(pixels, mean, std, layout, size, colour)
    if protocol in EXPRESSION_PROTOCOLS:
        if report:
            raise InputError(f"--report is for lfw-596 and lfw-596-cropped; {protocol} has --figure")
        descriptor = Descriptor(file, threads, form=form)
        _evaluate_expression(descriptor, file, data, protocol, split, figure, Output(json))
        return
    if split or figure:
        raise InputError(f"--split and --figure are for expressions; {protocol} has no parts and draws nothing")
    order = IdentityOrder(protocol, data, people, repeats, view, detections, keep_thresholds, report, threads, seed)
    evaluate_identity(file, Descriptor(file, threads, form=form), order, Output(json))


def _evaluate_expression(
    descriptor: Descriptor,
    file: Path,
    data: Path,
    protocol: str,
    split: str | None,
    figure: Path | None,
    output: Output,
) -> None:
    if figure:
        check_figure_name(figure)
        check_writable(figure)
    faces = load_protocol(protocol, data, split, size=descriptor.input_size, classes=descriptor.classes)
    with progress_bar(f"evaluating {len(faces)} faces") as report:
        result = evaluate_expression(descriptor, faces, report)
    for line in _lines(result):
        output.line(line)
    if figure:
        save_figure(confusion_figure(result.confusion, result.classes, f"{file.name}, {_where(result)}"), figure)
        output.line(f"wrote {figure}")
    output.result(result.to_json() | {"file": str(file), "figure": str(figure) if figure else None})


def _lines(result: ExpressionResult) -> list[str]:
    low, high = result.interval
    lines = [
        f"{_where(result)}: accuracy {100 * result.accuracy:.2f} % (95 % interval {100 * low:.2f} to {100 * high:.2f})"
    ]
    for label, recall in result.recalls.items():
        value = "no images" if recall.value is None else f"{100 * recall.value:6.2f} % of {recall.n}"
        lines.append(f"  {label:<12} {value}")
    if result.skipped:
        lines.append(f"{result.skipped} images could not be read and were left out")
    return lines


def _where(result: ExpressionResult) -> str:
    return f"{result.protocol}{f', {result.split}' if result.split else ''}, n = {result.n}"
