"""The part of `facefit evaluate` that judges networks on labelled expressions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from facefit.artifacts import check_writable
from facefit.cli.output import Output, progress_bar
from facefit.errors import InputError, counted
from facefit.evaluation import ExpressionResult, evaluate_expression, load_protocol
from facefit.evaluation.identity_protocols import IDENTITY_PROTOCOLS
from facefit.report import check_figure_name, confusion_figure, save_figure
from facefit.runtime import Descriptor


def check_no_people(given: Mapping[str, object], protocol: str) -> None:
    """Raises `InputError` for an option that only protocols on people use: it would be dropped without a word."""
    for option, value in given.items():
        if value is not None:
            people = ", ".join(IDENTITY_PROTOCOLS)
            raise InputError(f"{option} is for people ({people}); {protocol} judges expressions: leave it out")


def judge_expressions(
    descriptor: Descriptor,
    file: Path,
    data: Path,
    protocol: str,
    split: str | None,
    figure: Path | None,
    output: Output,
) -> None:
    """Judges the descriptor that `file` holds, prints its figures and, where asked, draws the confusion matrix."""
    if figure:
        check_figure_name(figure)
        check_writable(figure)
    faces = load_protocol(protocol, data, split, size=descriptor.input_size, classes=descriptor.classes)
    with progress_bar(f"evaluating {counted(len(faces), 'face')}") as report:
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
        lines.append(f"{counted(result.skipped, 'image')} could not be read: left out")
    return lines


def _where(result: ExpressionResult) -> str:
    return f"{result.protocol}{f', {result.split}' if result.split else ''}, n = {result.n}"
