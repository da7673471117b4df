"""The part of `facefit evaluate` that judges descriptors on faces of people: identification and verification."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facefit.artifacts import check_writable
from facefit.cli.output import Output, progress_bar
from facefit.errors import InputError
from facefit.evaluation.bootstrap import Estimate
from facefit.evaluation.identification import IdentificationResult
from facefit.evaluation.lfw import Harness, judge_pairs, judge_robustness, judge_subjects, subjects_view
from facefit.evaluation.robustness import RobustnessResult
from facefit.evaluation.verification import VerificationResult
from facefit.faces.alignment import View
from facefit.faces.detections import default_file
from facefit.faces.detector import FaceDetector
from facefit.faces.matching import CARD_ENTRY, card_view
from facefit.graph import add_to_card
from facefit.runtime import Descriptor


@dataclass(frozen=True, slots=True)
class IdentityOrder:
    """What is wanted, as the options of `facefit evaluate` say."""

    protocol: str
    folder: Path
    people: int
    repeats: int
    view: View | None
    detections: Path | None
    keep_thresholds: bool
    threads: int
    seed: int


def evaluate_identity(file: Path, descriptor: Descriptor, order: IdentityOrder, output: Output) -> None:
    """Judges the file, prints the figures and, where asked, keeps the thresholds in its card."""
    _check(file, order, descriptor)
    harness = Harness(
        descriptor,
        FaceDetector(threads=order.threads),
        order.detections or default_file(order.folder),
        progress_bar,
    )
    view = subjects_view(order.protocol) or order.view or card_view(descriptor.card)
    result: IdentificationResult | VerificationResult | RobustnessResult
    if order.protocol == "lfw-pairs":
        result = judge_pairs(harness, order.folder, view, seed=order.seed)
        lines = _pair_lines(result)
        if order.keep_thresholds:
            add_to_card(file, {CARD_ENTRY: _card_entry(result, view)})
            lines.append(f"kept thresholds in the card of {file}")
    elif order.protocol == "lfw-robustness":
        result = judge_robustness(
            harness, order.folder, view, people=order.people, repeats=order.repeats, seed=order.seed
        )
        lines = _robustness_lines(result)
    else:
        result = judge_subjects(harness, order.folder, order.protocol, repeats=order.repeats, seed=order.seed)
        lines = _subject_lines(result)
    for line in lines:
        output.line(line)
    facts = {"protocol": order.protocol, "view": view, "file": str(file), "seed": order.seed}
    output.result(result.to_json() | facts)


def _check(file: Path, order: IdentityOrder, descriptor: Descriptor) -> None:
    """Mistakes are told before long work."""
    pairs = order.protocol == "lfw-pairs"
    if order.view and subjects_view(order.protocol):
        raise InputError(
            f"--view is for lfw-pairs and lfw-robustness; {order.protocol} says by its name which view it judges"
        )
    if order.keep_thresholds and not pairs:
        raise InputError(f"--keep-thresholds is for lfw-pairs; {order.protocol} has no threshold")
    if order.keep_thresholds and not descriptor.card:
        raise InputError("the file has no card to keep thresholds in; expected a file that facefit exported")
    if order.keep_thresholds:
        check_writable(file.with_suffix(".card.json"))


def _card_entry(result: VerificationResult, view: View) -> dict[str, Any]:
    return {
        "view": view,
        "thresholds": {far: round(at.value, 6) for far, at in result.thresholds.items()},
        "calibrated_on": f"{result.protocol}, n = {result.n}",
    }


def _subject_lines(result: IdentificationResult) -> list[str]:
    return [
        f"{result.protocol}: {result.people} people, n = {result.n} photos, {result.probes} probes in each of "
        f"{len(result.accuracies)} repeats",
        f"accuracy     {_percent(result.accuracy)}, deviation {_percent(result.deviation)}",
        f"median       {_percent(result.median)}",
        f"person mean  {_percent(result.person_mean)}",
        *_without_face(result.without_face, "photos"),
    ]


def _pair_lines(result: VerificationResult) -> list[str]:
    lines = [
        f"{result.protocol}: n = {result.n} pairs in {len(result.folds)} folds",
        f"accuracy  {_percent(result.accuracy)}",
        f"AUC       {_percent(result.auc)}",
        f"EER       {_percent(result.eer)}",
    ]
    for far, tar in result.tar.items():
        at = result.thresholds[far]
        low, high = at.interval
        lines.append(
            f"TAR       {_percent(tar)} at FAR {far}, threshold {at.value:.3f} (95 % interval {low:.3f} to {high:.3f})"
        )
    return lines + _without_face(result.without_face, "pairs")


def _robustness_lines(result: RobustnessResult) -> list[str]:
    lines = [
        f"{result.protocol}: {result.people} people, n = {result.n} photos",
        f"undisturbed  {_percent(result.undisturbed)}, mean over people",
    ]
    for one in result.endured:
        levels = ", ".join(
            f"{level:g}: {100 * accuracy.value:.1f}" for level, accuracy in zip(one.levels, one.accuracies, strict=True)
        )
        lines.append(f"{one.name:<12} keeps {_percent(one.robustness)}; {one.unit}: {levels} %")
    return lines + _without_face(result.without_face, "photos")


def _without_face(count: int, what: str) -> list[str]:
    return [f"no face found in {count} {what}: never a match"] if count else []


def _percent(figure: Estimate) -> str:
    low, high = figure.interval
    return f"{100 * figure.value:.2f} % (95 % interval {100 * low:.2f} to {100 * high:.2f})"
