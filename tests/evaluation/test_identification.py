"""Identification: counts by hand, and descriptors whose quality is known."""

from __future__ import annotations

import numpy as np
import pytest

from facefit.errors import InputError
from facefit.evaluation.bootstrap import estimate, independent_units, resampled_counts
from facefit.evaluation.identification import Recognised, identify, summarise
from facefit.evaluation.intervals import wilson_interval
from facefit.evaluation.photos import DescribedPhotos

PEOPLE, PHOTOS = 40, 6
PERSON = np.repeat(np.arange(PEOPLE), PHOTOS)


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def described(rows: np.ndarray, found: np.ndarray | None = None) -> DescribedPhotos:
    found = np.ones(len(rows), bool) if found is None else found
    return DescribedPhotos(np.where(found[:, None], unit(rows), 0).astype(np.float32), found)


def perfect(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(PEOPLE, 64))[PERSON] + 0.01 * rng.normal(size=(len(PERSON), 64))


def test_perfect_descriptors_recognise_everybody():
    photos = described(perfect())
    result = summarise(identify(photos, PERSON), "p", photos)
    assert result.accuracies == (1.0,) * 5 and result.accuracy.interval == wilson_interval(PEOPLE, PEOPLE)
    assert result.deviation.value == 0 and result.median.value == result.person_mean.value == 1
    assert (result.n, result.people, result.probes) == (240, 40, 200)


def test_random_descriptors_and_shuffled_names_are_at_chance():
    rng = np.random.default_rng(1)
    noise = described(rng.normal(size=(len(PERSON), 64)))
    shuffled = described(perfect()[rng.permutation(len(PERSON))])
    for photos in (noise, shuffled):
        result = summarise(identify(photos, PERSON, repeats=20), "p", photos)
        assert result.accuracy.value == pytest.approx(1 / PEOPLE, abs=0.02)


def test_an_outlier_split_drags_the_mean_and_not_the_median():
    """One of ten photos of the man with most photos shows somebody else."""
    person = np.r_[PERSON, np.zeros(100, int)]
    rows = np.random.default_rng(0).normal(size=(PEOPLE, 64))[person]
    rows[0] = -rows[0]
    result = summarise(identify(described(rows), person, repeats=200, seed=3), "p", described(rows))
    accuracies = np.array(result.accuracies)
    outliers = accuracies < 0.9
    assert 0 < outliers.sum() < 10
    assert result.median.value == np.median(accuracies) > 0.99
    assert result.accuracy.value == pytest.approx(accuracies.mean()) and result.accuracy.value < result.median.value
    assert result.deviation.value == pytest.approx(accuracies.std(ddof=1))


def test_person_means_give_everybody_the_same_weight():
    person = np.r_[np.zeros(91, int), np.ones(2, int), np.full(2, 2)]
    rows = np.eye(4)[person]
    rows[person == 2] = [[1, 0, 0, 0.0], [0, 1, 0, 0]]  # never recognised: its photos look like two others
    result = summarise(identify(described(rows), person), "p", described(rows))
    assert result.probes == 92
    assert result.person_mean.value == pytest.approx(result.accuracy.value - 91 / 92 + 2 / 3, abs=0.35)
    assert result.person_mean.value < 0.7 < result.accuracy.value


def test_photos_without_a_face_are_errors_as_probes_and_match_nobody_in_a_gallery():
    found = np.ones(len(PERSON), bool)
    found[PERSON == 3] = False  # nobody can be taken for person 3, and none of its photos is recognised
    photos = described(perfect(), found)
    result = summarise(identify(photos, PERSON), "p", photos)
    assert result.accuracy.value == pytest.approx(39 / 40) and result.without_face == 6
    nobody = DescribedPhotos(np.zeros((len(PERSON), 8), np.float32), np.zeros(len(PERSON), bool))
    assert summarise(identify(nobody, PERSON), "p", nobody).accuracy.value == 0


def test_the_gallery_can_be_described_apart():
    photos, away = described(perfect()), described(-perfect())
    assert identify(photos, PERSON, gallery=photos).right.sum() == 5 * 200
    assert identify(photos, PERSON, gallery=away).right.sum() < 5 * 20


def test_the_same_seed_gives_the_same_galleries():
    photos = described(np.random.default_rng(0).normal(size=(len(PERSON), 8)))
    one, same, other = (identify(photos, PERSON, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.right, same.right)
    assert (one.right != other.right).any()


def test_the_interval_covers_what_other_people_would_give():
    rng, covered = np.random.default_rng(0), 0
    for _ in range(40):
        skill = rng.beta(6, 2, PEOPLE)  # people differ in how well they are recognised
        right = rng.binomial(5, skill, (3, PEOPLE))
        photos = described(np.ones((len(PERSON), 2)))
        result = summarise(Recognised(right, np.full((3, PEOPLE), 5)), "p", photos)
        low, high = result.accuracy.interval
        covered += low <= 0.75 <= high
    assert covered >= 33


def summary(right: np.ndarray, probes: int):
    photos = described(np.ones((2, 2)))
    return summarise(Recognised(right, np.full(right.shape, probes)), "p", photos)


@pytest.mark.parametrize("people", [2, 5, 40])
@pytest.mark.parametrize("always", [True, False])
def test_few_people_who_are_all_recognised_or_never_are_no_certainty(people, always):
    result = summary(np.full((3, people), 4 * always), 4)
    wanted = wilson_interval(people * always, people)
    for share in (result.accuracy, result.median, result.person_mean):
        assert share.interval == wanted and wanted[1] - wanted[0] > 0.05
    assert result.deviation.interval == (0, 0)


def test_people_who_are_recognised_always_or_never_count_once_each():
    right = np.tile(np.r_[np.full(19, 4), 0], (3, 1))
    low, high = wilson_interval(19, 20)
    for share in (summary(right, 4).accuracy, summary(right, 4).person_mean):
        assert share.interval[0] <= low and share.interval[1] >= high


def test_one_error_more_does_not_make_the_interval_much_narrower_than_none():
    none, one = np.full((3, 10), 4), np.full((3, 10), 4)
    one[0, 0] -= 1
    (low, _), (least, _) = (summary(right, 4).accuracy.interval for right in (none, one))
    assert least == pytest.approx(low, abs=0.02)


def test_intervals_of_hundreds_of_people_are_those_of_resampling_them():
    """People who differ as those of LFW do, of whom a descriptor knows three in five."""
    rng = np.random.default_rng(0)
    right = rng.binomial(2, rng.beta(1.2, 0.8, 596), (5, 596))
    shares = right.sum(axis=0) / 10
    replicates = resampled_counts(596, np.random.default_rng(0)) @ shares / 596
    drawn, told = estimate(shares.mean(), replicates), summary(right, 2).person_mean
    assert told.value == pytest.approx(drawn.value) and independent_units(shares) > 596
    np.testing.assert_allclose(told.interval, drawn.interval, atol=0.003)


@pytest.mark.parametrize("skill", [(0.99, 0.01), (3.0, 1.0), (30.0, 30.0)])
def test_intervals_of_few_people_hold_the_truth_too(skill):
    rng, truth, held = np.random.default_rng(1), skill[0] / sum(skill), 0
    for _ in range(60):
        low, high = summary(rng.binomial(5, rng.beta(*skill, 8), (2, 8)), 5).person_mean.interval
        held += low <= truth <= high
    assert held >= 54


@pytest.mark.parametrize("person", [np.array([0, 0, 0]), np.array([0, 1, 2]), np.array([], int)])
def test_sets_with_nothing_to_look_up_are_refused(person):
    rows = np.ones((len(person), 2))
    with pytest.raises(InputError, match="expected several people"):
        identify(described(rows) if len(rows) else DescribedPhotos(rows.astype(np.float32), rows[:, 0] > 0), person)
