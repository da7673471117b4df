"""How `facefit evaluate` tells figures on people."""

from __future__ import annotations

from facefit.evaluation.bootstrap import Estimate
from facefit.evaluation.identification import IdentificationResult
from facefit.evaluation.robustness import RobustnessResult
from facefit.evaluation.verification import VerificationResult
from facefit.faces.thresholds import FALSE_ACCEPTANCE_RATES
from facefit.weights import SeenPeople


def subject_lines(result: IdentificationResult) -> list[str]:
    return [
        f"{result.protocol}: {result.people} people, n = {result.n} photos, {result.probes} probes in each of "
        f"{len(result.accuracies)} repeats",
        f"accuracy     {_percent(result.accuracy)}, deviation {_percent(result.deviation)}",
        f"median       {_percent(result.median)}",
        f"person mean  {_percent(result.person_mean)}",
        *_without_face(result.without_face, "photos"),
    ]


def pair_lines(result: VerificationResult) -> list[str]:
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
    missing = [far for far in FALSE_ACCEPTANCE_RATES if far not in result.tar]
    lines += [f"TAR       not at FAR {far}: that is less than one of the pairs of two people" for far in missing]
    return lines + _without_face(result.without_face, "pairs")


def robustness_lines(result: RobustnessResult) -> list[str]:
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


def trained_line(seen: SeenPeople) -> str:
    """Whether the network may have met anybody it is judged on."""
    trained, searched = seen.trained, seen.searched
    if trained is None:
        return "trained on: not known, since the file has no list of people; it may have seen these"
    listed = f"trained on: {len(trained)} people, none of their names is judged on"
    listed += f"; without names, so not known: {', '.join(trained.unnamed)}" if trained.unnamed else ""
    if searched is None:
        return f"{listed}; whom its search looked at is not known"
    if not len(searched):
        return f"{listed}; no search looked at others"
    return f"{listed}; its search looked at {len(searched)} others, who are not judged on either"


def time_line(seconds: float) -> str:
    """How long it took, the search for faces included where they were not kept."""
    return f"took {seconds:.1f} s" if seconds < 100 else f"took {seconds / 60:.1f} min"
