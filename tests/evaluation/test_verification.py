"""Verification: curves against brute force, and similarities whose quality is known."""

from __future__ import annotations

import numpy as np
import pytest

from facefit.errors import InputError
from facefit.evaluation.photos import NO_FACE_SIMILARITY
from facefit.evaluation.pigeonhole import PeopleOnPairs
from facefit.evaluation.roc import Roc
from facefit.evaluation.verification import best_threshold, verify
from facefit.evaluation.weighed_pairs import WeighedPairs

N = 2000
SAME = np.arange(N) % 2 == 0
FOLD = np.arange(N) // (N // 10)


def strangers(same: np.ndarray) -> PeopleOnPairs:
    """Pairs of which no two share anybody."""
    first = np.arange(2 * len(same), step=2)
    return PeopleOnPairs(np.stack([first, first + ~same], axis=1), same)


def curve(similarity: np.ndarray, same: np.ndarray) -> Roc:
    return Roc.of(similarity, same, np.ones((1, len(same))))


def test_the_area_is_the_chance_of_a_right_order_with_ties_as_halves():
    rng = np.random.default_rng(0)
    similarity, same = rng.integers(0, 12, 60) / 12, rng.random(60) < 0.5
    ones, twos = similarity[same], similarity[~same]
    wanted = ((ones[:, None] > twos) + 0.5 * (ones[:, None] == twos)).mean()
    assert curve(similarity, same).area()[0] == pytest.approx(wanted)


def test_rates_at_a_false_acceptance_rate_are_those_of_its_threshold():
    rng = np.random.default_rng(1)
    similarity, same = rng.normal(size=500) + 1.5 * (np.arange(500) % 2), np.arange(500) % 2 == 1
    for far in (0.0, 0.01, 0.1, 1.0):
        tar, threshold = (float(v[0]) for v in curve(similarity, same).at_far(far))
        assert (similarity[~same] >= threshold).mean() <= far
        assert (similarity[same] >= threshold).mean() == pytest.approx(tar)
        below = similarity[similarity < threshold]
        if len(below):  # a threshold further down lets too many pass, or is of no use
            assert (similarity[~same] >= below.max()).mean() > far or (similarity[same] >= below.max()).mean() == tar


def test_thresholds_are_those_that_labelling_finds_on_the_same_pairs():
    """Except for rates that are less than one pair of two people."""
    rng, person = np.random.default_rng(4), np.repeat(np.arange(7), 6)
    descriptors = (rng.normal(size=(7, 16))[person] + rng.normal(size=(42, 16))).astype(np.float32)
    unit = descriptors / np.linalg.norm(descriptors, axis=1, keepdims=True)
    first, second = np.triu_indices(42, 1)
    same = person[first] == person[second]
    found = verify((unit @ unit.T)[first, second].astype(np.float64), strangers(same), np.arange(len(same)) % 4)
    pairs = WeighedPairs(person, first, second, same, np.ones(len(same)))
    tar, threshold = pairs.figures(descriptors)[0]
    assert found.thresholds.keys() == found.tar.keys() == {"0.01"} and 100 < (~same).sum() < 1000
    assert found.thresholds["0.01"].value == pytest.approx(threshold, abs=1e-6)
    assert found.tar["0.01"].value == pytest.approx(tar)


def test_both_errors_are_equal_at_the_equal_error_rate():
    rng = np.random.default_rng(2)
    similarity = rng.normal(size=20_000) + 2.0 * (np.arange(20_000) % 2)
    rate = curve(similarity, np.arange(20_000) % 2 == 1).equal_error()[0]
    assert rate == pytest.approx(0.1587, abs=0.008)  # two normals at distance 2: the tail beyond 1
    assert curve(np.array([0.1, 0.9]), np.array([False, True])).equal_error()[0] == 0
    assert curve(np.array([0.1, 0.9]), np.array([True, False])).equal_error()[0] == 1


def test_weights_count_pairs_several_times():
    rng = np.random.default_rng(3)
    similarity, same, counts = rng.random(30).round(1), rng.random(30) < 0.5, rng.integers(0, 4, 30)
    weighted = Roc.of(similarity, same, counts[None].astype(float))
    repeated = curve(np.repeat(similarity, counts), np.repeat(same, counts))
    assert weighted.area()[0] == pytest.approx(repeated.area()[0])
    assert weighted.equal_error()[0] == pytest.approx(repeated.equal_error()[0])


def test_the_best_threshold_parts_what_can_be_parted():
    assert best_threshold(np.array([0.1, 0.2, 0.6, 0.9]), np.array([False, False, True, True])) == pytest.approx(0.4)
    assert best_threshold(np.array([0.1, 0.2]), np.array([False, False])) > 0.2
    assert best_threshold(np.array([0.1, 0.2]), np.array([True, True])) <= 0.1


def test_perfect_similarities_make_no_error():
    result = verify(np.where(SAME, 0.8, 0.1), strangers(SAME), FOLD)
    assert result.accuracy.value == result.auc.value == 1 and result.eer.value == 0
    assert result.tar["0.001"].value == 1 and result.thresholds["0.001"].value == pytest.approx(0.1)
    assert result.thresholds["0.001"].value > 0.1
    assert result.folds == (1.0,) * 10 and result.n == N
    for figure in (result.accuracy, result.auc, result.tar["0.001"]):  # not certain, however few errors there were
        assert 0.99 < figure.interval[0] < 1 == figure.interval[1]
    assert 0 == result.eer.interval[0] < result.eer.interval[1] < 0.01


def test_random_similarities_and_shuffled_truth_are_at_chance():
    rng = np.random.default_rng(0)
    noise = verify(rng.random(N), strangers(SAME), FOLD)
    shuffled = verify(np.where(SAME, 0.8, 0.1), strangers(rng.permutation(SAME)), FOLD)
    for result in (noise, shuffled):
        assert result.accuracy.value == pytest.approx(0.5, abs=0.05)
        assert result.auc.value == pytest.approx(0.5, abs=0.05) and result.eer.value == pytest.approx(0.5, abs=0.05)
        assert result.auc.interval[0] < 0.5 < result.auc.interval[1]
    assert noise.tar["0.001"].value < 0.02


def test_thresholds_found_elsewhere_are_judged_with_intervals_even_where_nobody_passes():
    rng = np.random.default_rng(7)
    similarity, promised = rng.normal(size=N) + 2.0 * SAME, {"0.01": 2.326, "0.001": 99.0}
    result = verify(similarity, strangers(SAME), FOLD, thresholds=promised)
    first, last = result.kept["0.01"], result.kept["0.001"]
    assert (result.same, result.different, result.n) == (N // 2, N // 2, N)
    assert first.far.value == (similarity[~SAME] >= 2.326).mean() and first.tar.value == pytest.approx(0.37, abs=0.06)
    assert first.far.interval[0] < 0.01 < first.far.interval[1]
    assert last.far.value == last.tar.value == 0 and 0 < last.far.interval[1] < 0.01
    assert result.to_json()["card_thresholds"]["0.01"]["tar"]["value"] == first.tar.value
    assert verify(similarity, strangers(SAME), FOLD).kept == {}


def test_intervals_hold_the_figure_and_the_truth():
    rng = np.random.default_rng(5)
    result = verify(rng.normal(size=N) + 2.0 * SAME, strangers(SAME), FOLD)
    for figure, truth in [(result.auc, 0.9214), (result.eer, 0.1587), (result.accuracy, 0.8413)]:
        low, high = figure.interval
        assert low <= figure.value <= high and low - 0.01 < truth < high + 0.01
    assert result.tar["0.001"].interval[0] < result.tar["0.01"].value


def test_the_threshold_of_a_fold_does_not_come_from_it():
    """In one fold all similarities are turned round: only a threshold from that fold itself could do well there."""
    similarity = np.where(SAME, 0.8, 0.1)
    similarity[FOLD == 4] = np.where(SAME, 0.1, 0.8)[FOLD == 4]
    result = verify(similarity, strangers(SAME), FOLD)
    assert result.folds[4] == 0 and min(result.folds[:4]) == 1


def test_pairs_of_one_kind_are_refused():
    with pytest.raises(InputError, match="expected pairs of one and of two people"):
        verify(np.random.default_rng(0).random(N), strangers(np.ones(N, bool)), FOLD)
    with pytest.raises(InputError, match="in 1 folds"):
        verify(np.random.default_rng(0).random(N), strangers(SAME), np.zeros(N, int))


def test_photos_without_a_face_do_not_pass_even_where_all_others_should():
    """Nine in ten pairs are of one person and look alike, so that the fewest errors come from accepting all."""
    same = np.arange(N) % 10 > 0
    similarity = np.where(np.arange(N) % 40 == 1, NO_FACE_SIMILARITY, np.random.default_rng(6).uniform(0.2, 0.9, N))
    refused = similarity == NO_FACE_SIMILARITY
    result = verify(similarity, strangers(same), FOLD)
    assert refused.any() and same[refused].all()
    assert result.accuracy.value == pytest.approx((same & ~refused).mean(), abs=1e-9)
