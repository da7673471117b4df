"""The part of `facefit evaluate` that judges descriptors on faces of people: identification and verification."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facefit.artifacts import check_writable
from facefit.cli.identity_lines import robustness_lines, subject_lines, time_line, trained_line
from facefit.cli.identity_pairs import keep_thresholds, pairs_of_card
from facefit.cli.output import Output, progress_bar
from facefit.cli.recognition_report import PAGE, write_recognition_report
from facefit.errors import InputError
from facefit.evaluation.harness import Harness
from facefit.evaluation.identification import IdentificationResult
from facefit.evaluation.identity_protocols import PAIR_PROTOCOLS, SUBJECT_VIEWS, subjects_view
from facefit.evaluation.lfw import judge_robustness, recognise_subjects
from facefit.evaluation.pairs import JudgedPairs
from facefit.evaluation.robustness import RobustnessResult
from facefit.faces.alignment import View
from facefit.faces.detections import default_file
from facefit.faces.detector import FaceDetector
from facefit.faces.matching import card_view
from facefit.graph.card import card_beside
from facefit.runtime import Descriptor
from facefit.weights import SeenPeople

REPEATS, PEOPLE = 5, 100
_ROBUSTNESS = "lfw-robustness"


@dataclass(frozen=True, slots=True)
class IdentityOrder:
    """What is wanted, as the options of `facefit evaluate` say; None where they say nothing."""

    protocol: str
    folder: Path
    people: int | None
    repeats: int | None
    view: View | None
    detections: Path | None
    keep_thresholds: bool
    report: Path | None
    threads: int
    seed: int


def evaluate_identity(file: Path, descriptor: Descriptor, order: IdentityOrder, output: Output) -> None:
    """Judges the file, prints the figures and, where asked, keeps the thresholds in its card."""
    started = time.perf_counter()
    _check(file, order, descriptor)
    harness = Harness(
        descriptor,
        FaceDetector(threads=order.threads),
        order.detections or default_file(order.folder),
        progress_bar,
        SeenPeople.of_card(descriptor.card),
        order.threads,
    )
    view = subjects_view(order.protocol) or order.view or card_view(descriptor.card)
    repeats = order.repeats or REPEATS
    result: IdentificationResult | JudgedPairs | RobustnessResult
    if order.protocol in PAIR_PROTOCOLS:
        result, lines = pairs_of_card(harness, order.folder, order.protocol, view, descriptor, order.seed)
        if order.keep_thresholds:
            lines.append(keep_thresholds(file, descriptor.card, result, view))
    elif order.protocol == _ROBUSTNESS:
        people = order.people or PEOPLE
        result = judge_robustness(harness, order.folder, view, people=people, repeats=repeats, seed=order.seed)
        lines = robustness_lines(result)
    else:
        seen = recognise_subjects(harness, order.folder, order.protocol, repeats=repeats, seed=order.seed)
        result = seen.result()
        lines = subject_lines(result)
        if order.report:
            lines.append(f"wrote {write_recognition_report(order.report, file, harness, seen, result)}")
    seconds = time.perf_counter() - started
    for line in (*lines, trained_line(harness.seen), time_line(seconds)):
        output.line(line)
    facts: dict[str, Any] = {"protocol": order.protocol, "view": view, "file": str(file), "seed": order.seed}
    facts["seconds"] = seconds
    seen_people = {"trained_people": harness.seen.trained, "search_people": harness.seen.searched}
    facts |= {name: None if people is None else len(people) for name, people in seen_people.items()}
    if order.report:
        facts["report"] = str(order.report / PAGE)
    output.result(result.to_json() | facts)


def _check(file: Path, order: IdentityOrder, descriptor: Descriptor) -> None:
    """Mistakes are told before long work."""
    _check_read(order)
    descriptor.check_describes()
    if order.report:
        check_writable(order.report / PAGE)
    if order.keep_thresholds and not descriptor.card:
        raise InputError("the file has no card to keep thresholds in; expected a file that facefit exported")
    if order.keep_thresholds and file.suffix.lower() == ".onnx":
        raise InputError(f"{file}: thresholds are kept in the card of a .tflite file; export it as one as well")
    if order.keep_thresholds:
        check_writable(card_beside(file))


def _check_read(order: IdentityOrder) -> None:
    """Raises `InputError` for an option that the protocol does not read: it would be dropped without a word."""
    pairs, subjects, protocol = ", ".join(PAIR_PROTOCOLS), ", ".join(SUBJECT_VIEWS), order.protocol
    in_pairs, robust = protocol in PAIR_PROTOCOLS, protocol == _ROBUSTNESS
    if order.view and subjects_view(protocol):
        raise InputError(f"--view is for {pairs}, {_ROBUSTNESS}; {protocol} says which view it judges: leave it out")
    if order.report and not subjects_view(protocol):
        raise InputError(f"--report is for {subjects}; {protocol} tells all in its lines: leave it out")
    if order.keep_thresholds and not in_pairs:
        raise InputError(f"--keep-thresholds is for {pairs}; {protocol} has no threshold: leave it out")
    if order.people is not None and not robust:
        raise InputError(f"--people is for {_ROBUSTNESS}; {protocol} judges everybody there: leave it out")
    if order.repeats is not None and in_pairs:
        raise InputError(f"--repeats is for {subjects}, {_ROBUSTNESS}; {protocol} draws no gallery: leave it out")
