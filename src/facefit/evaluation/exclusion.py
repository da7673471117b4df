"""Nobody is judged on people whom it has met: the rule, for sets of people and for pairs."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError, counted
from facefit.faces.lfw import NamedPhotos, PhotoPairs
from facefit.weights import SeenPeople, TrainedPeople

LEAST_PAIRS = 100
"""Of each kind: with fewer pairs of two people, a false acceptance rate of 1e-2 is not even one pair."""


def check_unseen(photos: NamedPhotos, seen: SeenPeople, protocol: str) -> None:
    """Raises `InputError` if the network learnt from anybody there, or its search looked at anybody; where nobody
    knows, nothing can be checked."""
    for people, met in ((seen.trained, "was trained on"), (seen.searched, "was chosen by photos of")):
        there = [person for person in photos.people if people and person in people]
        if there:
            raise InputError(
                f"{protocol}: the descriptor {met} {len(there)} of the {len(photos.people)} people, such as "
                f"{there[0]}; expected none: leave them out of training (--exclude-people), or judge it on others"
            )


def perhaps_met(people: Iterable[str], seen: SeenPeople) -> tuple[str, ...]:
    """Those of them whom the network may have learnt from, or its search looked at, under another spelling, sorted."""
    lists = [listed for listed in (seen.trained, seen.searched) if listed]
    return tuple(sorted(person for person in set(people) if any(listed.may_have(person) for listed in lists)))


def unseen_pairs(pairs: PhotoPairs, seen: SeenPeople) -> PhotoPairs:
    """The pairs that show nobody whom the network learnt from or its search looked at, in their folds.

    Raises `InputError` if fewer than 100 of one person or of two are left of a list that had more.
    """
    trained = _shown(pairs, seen.trained)
    searched = _shown(pairs, seen.searched) & ~trained
    left = pairs.where(~(trained | searched))
    one, two = int(left.same.sum()), int((~left.same).sum())
    if len(left) < len(pairs) and min(one, two) < LEAST_PAIRS:
        raise InputError(
            f"lfw-pairs: left without the people that the descriptor was trained on "
            f"({counted(int(trained.sum()), 'pair')}) or chosen by ({int(searched.sum()):,} more): "
            f"{counted(one, 'pair')} of one person and {two:,} of two, of {len(pairs):,}; expected {LEAST_PAIRS} of "
            f"each: use lfw-596-pairs, or leave out more people"
        )
    return left


def _shown(pairs: PhotoPairs, people: TrainedPeople | None) -> NDArray[np.bool_]:
    return np.zeros(len(pairs), bool) if people is None else pairs.shows(people)
