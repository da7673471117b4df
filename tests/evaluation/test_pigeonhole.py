"""Intervals over people on pairs: how often they hold the truth, where pairs share people and where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from facefit.evaluation.intervals import wilson_interval
from facefit.evaluation.kept_thresholds import judge_threshold, weighted_share
from facefit.evaluation.pigeonhole import PeopleOnPairs
from facefit.evaluation.roc import Roc

PEOPLE, TRIALS, REPLICATES = 100, 100, 200


def pairs_of_photos(folds: int, photos: int) -> PeopleOnPairs:
    """All pairs of so many photos of each person, and each two people of a fold once."""
    first, second = np.triu_indices(PEOPLE, 1)
    together = first % folds == second % folds
    one = np.repeat(np.arange(PEOPLE), photos * (photos - 1) // 2)
    person = np.stack([np.r_[one, first[together]], np.r_[one, second[together]]], axis=1)
    return PeopleOnPairs(person, person[:, 0] == person[:, 1])


def similarities(pairs: PeopleOnPairs, rng: np.random.Generator, of_people: float) -> np.ndarray:
    """Normal of variance 1 around 0 for two people and 2 for one, of which people bring the share `of_people`."""
    effect = rng.normal(size=pairs.person.max() + 1)[pairs.person].sum(axis=1)
    effect /= np.where(pairs.same, 2, np.sqrt(2))
    noise = rng.normal(size=len(pairs.same))
    return 2.0 * pairs.same + np.sqrt(of_people) * effect + np.sqrt(1 - of_people) * noise


def area(pairs: PeopleOnPairs, similarity: np.ndarray):
    return lambda weights: Roc.of(similarity, pairs.same, weights).area()[:, None]


def shares_above_one(pairs: PeopleOnPairs, similarity: np.ndarray):
    """Of the pairs of two people, and of those of one."""
    kinds = (~pairs.same, pairs.same)
    return lambda weights: np.stack([weighted_share(weights, similarity >= 1, kind) for kind in kinds], axis=1)


def held(interval: tuple[float, float], truth: float) -> bool:
    return interval[0] <= truth <= interval[1]


def test_intervals_over_people_hold_the_truth_where_those_over_pairs_do_not():
    """Of the pairs of two people 16 % pass, of those of one 84 %."""
    pairs, rng = pairs_of_photos(folds=5, photos=5), np.random.default_rng(0)
    kinds, truths = ((~pairs.same).sum(), pairs.same.sum()), (0.15866, 0.84134)
    over_people, over_pairs = np.zeros(2), np.zeros(2)
    for _ in range(TRIALS):
        shares = pairs.estimates(shares_above_one(pairs, similarities(pairs, rng, 0.8)), REPLICATES)
        over_people += [held(share.interval, truth) for share, truth in zip(shares, truths, strict=True)]
        wilson = [wilson_interval(share.value * n, n) for share, n in zip(shares, kinds, strict=True)]
        over_pairs += [held(interval, truth) for interval, truth in zip(wilson, truths, strict=True)]
    assert (over_people / TRIALS >= 0.88).all() and (over_pairs / TRIALS < 0.75).all(), (over_people, over_pairs)


def test_areas_under_the_curve_hold_the_truth():
    pairs, rng = pairs_of_photos(folds=20, photos=4), np.random.default_rng(1)
    truth, trials = 0.9222, []  # the mean of 2,000; two normals 2 apart alone have 0.9214
    for _ in range(TRIALS):
        (figure,) = pairs.estimates(area(pairs, similarities(pairs, rng, 0.5)), REPLICATES)
        trials.append(held(figure.interval, truth))
    assert np.mean(trials) >= 0.88


def test_pairs_that_share_nobody_have_the_intervals_of_pairs():
    """Although products of two people's weights vary three times as much as one weight."""
    n = 4000
    same = np.arange(n) % 2 == 0
    first = np.arange(0, 2 * n, 2)
    pairs = PeopleOnPairs(np.stack([first, first + ~same], axis=1), same)
    passes = np.random.default_rng(2).random(n) < 0.2
    two = ~same
    (share,) = pairs.estimates(lambda weights: (weights[:, two] @ passes[two] / weights[:, two].sum(axis=1))[:, None])
    low, high = share.interval
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.2 * 0.8 / (n / 2)), rel=0.15)


def test_chance_in_single_pairs_is_counted_once_also_where_people_are_on_many():
    """Nothing comes from people here, each of whom is on 19 pairs of two."""
    pairs, rng = pairs_of_photos(folds=5, photos=2), np.random.default_rng(3)
    widths = []
    for _ in range(20):
        far = judge_threshold(similarities(pairs, rng, 0.0), pairs, 1.0).far
        widths.append(far.interval[1] - far.interval[0])
    wanted = 2 * 1.96 * np.sqrt(0.16 * 0.84 / (~pairs.same).sum())
    assert np.mean(widths) == pytest.approx(wanted, rel=0.25)


def test_the_same_seed_draws_the_same_people_whatever_they_are_numbered():
    pairs = pairs_of_photos(folds=20, photos=3)
    similarity = similarities(pairs, np.random.default_rng(4), 0.5)
    (figure,) = pairs.estimates(area(pairs, similarity))
    again = PeopleOnPairs(7 * pairs.person + 3, pairs.same)
    assert again.estimates(area(again, similarity)) == [figure]
    other = PeopleOnPairs(pairs.person, pairs.same, seed=1)
    assert other.estimates(area(other, similarity))[0].interval != figure.interval
