"""Robustness of descriptors that break in a known way."""

from __future__ import annotations

import numpy as np
import pytest

from facefit.cli.identity_lines import robustness_lines
from facefit.evaluation.disturbances import Disturbance
from facefit.evaluation.intervals import wilson_interval
from facefit.evaluation.photos import DescribedPhotos
from facefit.evaluation.robustness import measure_robustness

PEOPLE, PHOTOS = 30, 5
PERSON = np.repeat(np.arange(PEOPLE), PHOTOS)
KINDS = (Disturbance("fog", "m", (10, 5)), Disturbance("rain", "mm", (1, 2)))


def describe(cut: object, name: str) -> DescribedPhotos:
    """Fog does no harm; from 2 mm on, rain makes everybody look like person 0."""
    rows = np.eye(PEOPLE)[np.zeros(len(PERSON), int) if name == "rain 2 mm" else PERSON]
    return DescribedPhotos(rows.astype(np.float32), np.ones(len(PERSON), bool))


def test_each_disturbance_keeps_its_share_of_the_undisturbed_accuracy():
    result = measure_robustness(describe, PERSON, "aligned", disturbances=KINDS)
    fog, rain = result.endured
    assert result.undisturbed.value == 1 and (result.n, result.people) == (150, 30)
    assert fog.robustness.value == 1 and [a.value for a in fog.accuracies] == [1, 1]
    assert [a.value for a in rain.accuracies] == pytest.approx([1, 1 / 30])
    assert rain.robustness.value == pytest.approx((1 + 1 / 30) / 2)
    low, high = rain.robustness.interval
    assert low <= rain.robustness.value <= high and high - low < 0.2


@pytest.mark.parametrize("people", [5, 30])
def test_of_few_people_who_are_all_recognised_or_never_nothing_is_certain(people):
    person = np.repeat(np.arange(people), PHOTOS)

    def pictures(cut: object, name: str) -> DescribedPhotos:
        """In rain no face is found at all."""
        return DescribedPhotos(np.eye(people)[person].astype(np.float32), np.full(len(person), "rain" not in name))

    result = measure_robustness(pictures, person, "aligned", disturbances=KINDS)
    fog, rain = result.endured
    always, never = wilson_interval(people, people), wilson_interval(0, people)
    assert result.undisturbed.interval == fog.accuracies[0].interval == always
    assert fog.robustness.value == 1 and fog.robustness.interval == pytest.approx(always)
    assert rain.robustness.value == 0 and rain.robustness.interval == pytest.approx(never)
    assert [accuracy.interval for accuracy in rain.accuracies] == [never] * 2


def test_of_people_whom_nobody_recognises_undisturbed_it_is_not_known_what_is_kept():
    def nobody(cut: object, name: str) -> DescribedPhotos:
        return DescribedPhotos(np.eye(PEOPLE)[PERSON].astype(np.float32), np.zeros(len(PERSON), bool))

    result = measure_robustness(nobody, PERSON, "aligned", disturbances=KINDS)
    assert result.undisturbed.value == 0 and result.endured[0].robustness.interval == (0, 1)


def test_json_names_every_disturbance_with_its_unit():
    facts = measure_robustness(describe, PERSON, "cropped", disturbances=KINDS).to_json()
    assert facts["protocol"] == "lfw-robustness, cropped"
    assert set(facts["disturbances"]) == {"fog", "rain"}
    assert facts["disturbances"]["fog"]["levels"] == [10, 5] and facts["disturbances"]["rain"]["unit"] == "mm"
    assert len(facts["interval"]) == 2 and facts["without_face"] == 0


def test_every_level_is_printed_with_its_interval():
    result = measure_robustness(describe, PERSON, "aligned", disturbances=KINDS)
    lines = robustness_lines(result)
    low, high = (100 * end for end in result.endured[1].accuracies[1].interval)
    assert f"by mm: 1: 100.0 % (88.6 to 100.0), 2: 3.3 % ({low:.1f} to {high:.1f})" in lines[-1]
