"""Nobody is judged on people it has learnt from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facefit.errors import InputError
from facefit.evaluation.exclusion import check_unseen, perhaps_met, unseen_pairs
from facefit.evaluation.subject_pairs import FOLDS, PAIRS_EACH, subject_pairs
from facefit.faces.lfw import NamedPhotos, PhotoPairs, person_of
from facefit.weights import SeenPeople, TrainedPeople

PEOPLE, PHOTOS = 60, 8


def photos() -> NamedPhotos:
    people = tuple(f"Person_{i}" for i in range(PEOPLE))
    names = tuple(f"{name}/{name}_{j:04d}.jpg" for name in people for j in range(PHOTOS))
    return NamedPhotos(Path(), names, people, np.repeat(np.arange(PEOPLE), PHOTOS))


def trained_on(*people: str) -> SeenPeople:
    return SeenPeople(TrainedPeople.of(people))


def all_pairs() -> PhotoPairs:
    return subject_pairs(photos(), seed=0)


def test_one_trained_person_is_enough_to_refuse() -> None:
    check_unseen(photos(), SeenPeople(), "lfw-596")
    check_unseen(photos(), trained_on("Somebody_Else"), "lfw-596")
    met = "person 3", "PERSON_41", "Somebody"
    with pytest.raises(InputError, match=r"lfw-596: .*trained on 2 of the 60 people, such as Person_3.*--exclude"):
        check_unseen(photos(), trained_on(*met), "lfw-596")
    with pytest.raises(InputError, match=r"lfw-596: .*chosen by photos of 2 of the 60 people, such as Person_3"):
        check_unseen(photos(), SeenPeople(searched=TrainedPeople.of(met)), "lfw-596")


def test_who_is_listed_in_another_spelling_is_told_of() -> None:
    seen = SeenPeople(TrainedPeople.of(["3 person", "Person_4"]), TrainedPeople.of(["person-5"]))
    assert perhaps_met(photos().people, seen) == ("Person_3", "Person_5")
    assert perhaps_met(photos().people, SeenPeople()) == ()


@pytest.mark.parametrize("trained", [("Person_0", "Person_1"), ("Person_0",), ()])
def test_pairs_lose_those_that_show_people_it_has_met_and_keep_their_folds(trained: tuple[str, ...]) -> None:
    """Whether it learnt from them, or its search looked at them."""
    pairs = all_pairs()
    searched = TrainedPeople.of({"Person_0", "Person_1"} - set(trained))
    left = unseen_pairs(pairs, SeenPeople(TrainedPeople.of(trained), searched))
    hand = [
        i
        for i in range(len(pairs))
        if not {"Person_0", "Person_1"}
        & {person_of(pairs.names[pairs.first[i]]), person_of(pairs.names[pairs.second[i]])}
    ]
    assert 0 < len(left) < len(pairs) and len(left) == len(hand)
    assert left.fold.tolist() == pairs.fold[hand].tolist() and left.same.tolist() == pairs.same[hand].tolist()
    for side, other in ((left.first, pairs.first), (left.second, pairs.second)):
        assert [left.names[i] for i in side] == [pairs.names[i] for i in other[hand]]
    assert not {"Person_0", "Person_1"} & {person_of(name) for name in left.names}


def test_nobody_known_or_nobody_shown_leaves_all_pairs() -> None:
    pairs = all_pairs()
    for seen in (SeenPeople(), trained_on("Somebody_Else")):
        assert len(unseen_pairs(pairs, seen)) == len(pairs)


def test_too_few_pairs_are_refused() -> None:
    people = [f"Person_{i}" for i in range(40)]
    with pytest.raises(InputError, match=r"\d+ pairs of one person and \d+ of two, of .* expected 100 of each"):
        unseen_pairs(all_pairs(), trained_on(*people))
    with pytest.raises(InputError, match=r"trained on \(0 pairs\) or chosen by \(\d\d+ more\)"):
        unseen_pairs(all_pairs(), SeenPeople(None, TrainedPeople.of(people)))
    with pytest.raises(InputError, match=r"\(\d\d+ pairs\) or chosen by \(0 more\)"):
        unseen_pairs(all_pairs(), SeenPeople(TrainedPeople.of(people), TrainedPeople.of(people)))


def test_pairs_of_subjects_are_of_one_or_two_people_of_one_fold() -> None:
    pairs = all_pairs()
    people = np.array([person_of(name) for name in pairs.names])
    assert np.array_equal(people[pairs.first] == people[pairs.second], pairs.same)
    assert (pairs.first != pairs.second).all()
    own = [pairs.same & (people[pairs.first] == name) for name in np.unique(people)]
    assert [int(mask.sum()) for mask in own] == [PAIRS_EACH] * PEOPLE
    keys = {(pairs.names[a], pairs.names[b]) for a, b in zip(pairs.first, pairs.second, strict=True)}
    assert len(keys) == len(pairs)
    in_fold = [
        set(people[pairs.first[pairs.fold == i]]) | set(people[pairs.second[pairs.fold == i]]) for i in range(FOLDS)
    ]
    assert sum(len(fold) for fold in in_fold) == PEOPLE == len(set.union(*in_fold))
    assert (~pairs.same).sum() == FOLDS * 15  # every two of the six people of a fold
    again = subject_pairs(photos(), seed=0)
    assert np.array_equal(again.first, pairs.first) and again.names == pairs.names
    assert not np.array_equal(subject_pairs(photos(), seed=1).fold[:60], pairs.fold[:60])
