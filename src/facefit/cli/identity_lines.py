"""How `facefit evaluate` tells figures on people."""

from __future__ import annotations

from facefit.errors import counted
from facefit.evaluation.bootstrap import Estimate
from facefit.evaluation.identification import IdentificationResult
from facefit.evaluation.kept_thresholds import KeptThreshold
from facefit.evaluation.looked_at import PhotoFacts, unreadable
from facefit.evaluation.official import promised
from facefit.evaluation.pairs import JudgedPairs
from facefit.evaluation.robustness import RobustnessResult
from facefit.faces.thresholds import FALSE_ACCEPTANCE_RATES
from facefit.weights import SeenPeople


def subject_lines(result: IdentificationResult) -> list[str]:
    return [
        f"{result.protocol}: {result.people} people, n = {counted(result.n, 'photo')}, "
        f"{counted(result.probes, 'probe')} in each of {counted(len(result.accuracies), 'repeat')}",
        *_other_photos(result.facts, result.protocol),
        f"accuracy     {_percent(result.accuracy)}, deviation {_percent(result.deviation)}",
        f"median       {_percent(result.median)}",
        f"person mean  {_percent(result.person_mean)}",
        *_without_face(result.without_face, "photo"),
        *_photo_lines(result.facts),
    ]


def pair_lines(judged: JudgedPairs) -> list[str]:
    result, left_out = judged.result, judged.of.left_out
    lines = [
        f"{result.protocol}: n = {counted(result.n, 'pair')}: {result.same:,} of one person, {result.different:,} of "
        f"two, in {len(result.folds)} folds; {judged.of.people:,} people",
        *_other_photos(judged.facts, result.protocol),
        *([f"left out: {counted(left_out, 'pair')}, on which are people whom it has met"] if left_out else []),
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
    return lines + _without_face(result.without_face, "pair") + _photo_lines(judged.facts)


def kept_line(far: str, kept: KeptThreshold, own: bool) -> str:
    """How a threshold of the card does here; `own` if it was found on these people."""
    low, high = kept.far.interval
    told = "more pass than it says" if low > float(far) else "fewer pass than it says" if high < float(far) else ""
    told = "it was found on these people" if own else told or "as it says, as far as these pairs tell"
    figures = f"FAR {_percent(kept.far, 3)}, TAR {_percent(kept.tar)}"
    return f"card      threshold {kept.threshold:.3f} for FAR {far}: {figures}; {told}"


def robustness_lines(result: RobustnessResult) -> list[str]:
    lines = [
        f"{result.protocol}: {result.people} people, n = {counted(result.n, 'photo')}",
        *_other_photos(result.facts, result.protocol),
        f"undisturbed  {_percent(result.undisturbed)}, mean over people",
    ]
    for one in result.endured:
        levels = (f"{level:g}: {_short(accuracy)}" for level, accuracy in zip(one.levels, one.accuracies, strict=True))
        lines += [
            f"{one.name:<12} keeps {_percent(one.robustness)}",
            f"{'':<12} by {one.unit}: {', '.join(levels)}",
        ]
    return lines + _without_face(result.without_face, "photo") + _photo_lines(result.facts)


def _without_face(count: int, what: str) -> list[str]:
    return [f"no face found in {counted(count, what)}: never a match"] if count else []


def _other_photos(facts: PhotoFacts, protocol: str) -> list[str]:
    """A warning where the protocol's name says more than is true."""
    return [f"not official: these are not {promised(protocol)}"] if facts.official is False else []


def _photo_lines(facts: PhotoFacts) -> list[str]:
    lines = [f"left out: {unreadable(facts.skipped)}"] if facts.skipped else []
    if facts.several_faces:
        lines.append(f"several faces found in {counted(facts.several_faces, 'photo')}: the central one was taken")
    if met := facts.perhaps_met:
        lines.append(f"perhaps met, under another spelling: {counted(len(met), 'person', 'people')}: {', '.join(met)}")
    return lines


def _percent(figure: Estimate, digits: int = 2) -> str:
    value, low, high = (f"{100 * share:.{digits}f}" for share in (figure.value, *figure.interval))
    return f"{value} % (95 % interval {low} to {high})"


def _short(figure: Estimate) -> str:
    low, high = figure.interval
    return f"{100 * figure.value:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def trained_line(seen: SeenPeople) -> str:
    """Whether the network may have met anybody it is judged on."""
    trained, searched = seen.trained, seen.searched
    if trained is None:
        return "trained on: not known, since the file has no list of people; it may have seen these"
    listed = f"trained on: {counted(len(trained), 'person', 'people')}, none of their names is judged on"
    listed += f"; without names, so not known: {', '.join(trained.unnamed)}" if trained.unnamed else ""
    if searched is None:
        return f"{listed}; whom its search looked at is not known"
    if not len(searched):
        return f"{listed}; no search looked at others"
    return f"{listed}; its search looked at {counted(len(searched), 'other')}, who are not judged on either"


def time_line(seconds: float) -> str:
    """How long it took, the search for faces included where they were not kept."""
    return f"took {seconds:.1f} s" if seconds < 100 else f"took {seconds / 60:.1f} min"
