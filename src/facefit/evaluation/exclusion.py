"""Nobody is judged on people it has learnt from: the rule, for sets of people and for pairs."""

from __future__ import annotations

from facefit.errors import InputError
from facefit.faces.lfw import NamedPhotos, PhotoPairs
from facefit.weights import TrainedPeople

LEAST_PAIRS = 100
"""Of each kind: with fewer pairs of two people, a false acceptance rate of 1e-2 is not even one pair."""


def check_untrained(photos: NamedPhotos, trained: TrainedPeople | None, protocol: str) -> None:
    """Raises `InputError` if the network was trained on anybody there; where nobody knows, nothing can be checked."""
    seen = [person for person in photos.people if trained and person in trained]
    if seen:
        raise InputError(
            f"{protocol}: the descriptor was trained on {len(seen)} of the {len(photos.people)} people, such as "
            f"{seen[0]}; expected none: leave them out of training (--exclude-people), or judge it on others"
        )


def untrained_pairs(pairs: PhotoPairs, trained: TrainedPeople | None) -> PhotoPairs:
    """The pairs that show nobody whom the network was trained on, in their folds.

    Raises `InputError` if fewer than 100 of one person or of two are left of a list that had more.
    """
    if trained is None:
        return pairs
    left = pairs.where(~pairs.shows(trained))
    one, two = int(left.same.sum()), int((~left.same).sum())
    if len(left) < len(pairs) and min(one, two) < LEAST_PAIRS:
        raise InputError(
            f"lfw-pairs: without the people that the descriptor was trained on, {one} pairs of one person and {two} of "
            f"two are left of {len(pairs)}; expected {LEAST_PAIRS} of each: use lfw-596-pairs, or leave out more people"
        )
    return left
