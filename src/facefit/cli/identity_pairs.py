"""The part of `facefit evaluate` that judges pairs of photos, with thresholds that come from a card and go into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from facefit.cli.identity_lines import kept_line, pair_lines
from facefit.errors import InputError
from facefit.evaluation.harness import Harness
from facefit.evaluation.pairs import JudgedPairs, judge_pairs
from facefit.faces.alignment import View
from facefit.faces.matching import CARD_ENTRY, card_entry, card_thresholds, card_view
from facefit.faces.thresholds import rounded_up
from facefit.graph import add_to_card
from facefit.runtime import Descriptor


def pairs_of_card(
    harness: Harness, folder: Path, protocol: str, view: View, descriptor: Descriptor, seed: int
) -> tuple[JudgedPairs, list[str]]:
    """Judges the pairs, and the card's thresholds on them where they are for faces in the same view; with lines."""
    of_card = card_thresholds(descriptor.card)
    fits = card_view(descriptor.card) == view
    judged = judge_pairs(harness, folder, view, seed=seed, protocol=protocol, thresholds=of_card if fits else {})
    lines = pair_lines(judged)
    if of_card and not fits:
        lines.append(f"card      its thresholds are for {card_view(descriptor.card)} faces: not judged on these")
    own = str(card_entry(descriptor.card).get("calibrated_on", "")).startswith(f"{judged.of.whose},")
    return judged, lines + [kept_line(far, kept, own) for far, kept in judged.result.kept.items()]


def keep_thresholds(file: Path, judged: JudgedPairs, view: View) -> str:
    """Writes the thresholds into the file's card and says so.

    Raises `InputError` where no rate is as much as one pair of two people.
    """
    result = judged.result
    if not result.thresholds:
        raise InputError(
            f"{result.protocol}: too few pairs of two people for a threshold to keep; expected 100 for FAR 0.01, 1,000 "
            f"for 0.001: leave out --keep-thresholds"
        )
    entry: dict[str, Any] = {
        "view": view,
        "thresholds": {far: rounded_up(at.value) for far, at in result.thresholds.items()},
        "tar": {far: round(tar.value, 6) for far, tar in result.tar.items()},
        "calibrated_on": f"{judged.of.told()}; {result.protocol}",
    }
    add_to_card(file, {CARD_ENTRY: entry})
    return f"kept thresholds at FAR {' and '.join(result.thresholds)} in the card of {file}"
