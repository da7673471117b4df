"""The part of `facefit evaluate` that judges pairs of photos, with thresholds that come from a card and go into it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from facefit.cli.identity_lines import kept_line, pair_lines
from facefit.errors import InputError
from facefit.evaluation.harness import Harness
from facefit.evaluation.pairs import JudgedPairs, judge_pairs
from facefit.faces.alignment import VIEWS, View
from facefit.faces.matching import CARD_ENTRY, card_entry, card_thresholds, card_view
from facefit.faces.thresholds import FOUND, CardThreshold, identification, view_entry
from facefit.graph import add_to_card
from facefit.runtime import Descriptor


def pairs_of_card(
    harness: Harness, folder: Path, protocol: str, view: View, descriptor: Descriptor, seed: int
) -> tuple[JudgedPairs, list[str]]:
    """Judges the pairs, and the card's thresholds for faces in the same view on them; with lines."""
    card = descriptor.card
    of_card = card_thresholds(card, view)
    judged = judge_pairs(harness, folder, view, seed=seed, protocol=protocol, thresholds=of_card)
    lines = pair_lines(judged)
    if not of_card and card_thresholds(card):
        lines.append(f"card      its thresholds are for {card_view(card)} faces: not judged on these")
    own = str(card_entry(card, view).get("calibrated_on", "")).startswith(f"{judged.of.whose},")
    return judged, lines + [kept_line(far, kept, own) for far, kept in judged.result.kept.items()]


def keep_thresholds(file: Path, card: Mapping[str, Any], judged: JudgedPairs, view: View) -> str:
    """Writes the thresholds into the file's card, which is `card` so far, in place of those for this view, and says so.

    Raises `InputError` where no rate is as much as one pair of two people.
    """
    result = judged.result
    if not result.thresholds:
        raise InputError(
            f"{result.protocol}: too few pairs of two people for a threshold to keep; expected 100 for FAR 0.01, 1,000 "
            f"for 0.001: leave out --keep-thresholds"
        )
    found = {far: CardThreshold(at.value, result.tar[far].value, at.interval) for far, at in result.thresholds.items()}
    entries = {known: entry for known in VIEWS if (entry := card_entry(card, known))}
    main = card_view(card) if entries else view
    entries[view] = view_entry(found, FOUND, f"{judged.of.told()}; {result.protocol}")
    add_to_card(file, {CARD_ENTRY: identification(entries, main)})
    return f"kept thresholds for {view} faces at FAR {' and '.join(result.thresholds)} in the card of {file}"
