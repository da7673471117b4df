"""Thresholds let no more strangers pass than they say, whoever has how many photos."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facefit.errors import InputError
from facefit.evaluation import weighed_pairs
from facefit.evaluation.weighed_pairs import PEOPLE, PHOTOS_EACH, WeighedPairs, some_faces
from facefit.faces.dataset import LabelledFaces
from facefit.faces.thresholds import FALSE_ACCEPTANCE_RATES


def described(person: np.ndarray, seed: int = 0, apart: float = 1.0) -> np.ndarray:
    """People at random places, their photos around them."""
    rng = np.random.default_rng(seed)
    places = apart * rng.normal(size=(person.max() + 1, 16))
    return (places[person] + rng.normal(size=(len(person), 16))).astype(np.float32)


@given(st.integers(2, 60), st.integers(2, 8), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_at_most_the_share_of_strangers_passes_and_no_lower_threshold_would_do(
    photos: int, people: int, shades: int, seed: int
) -> None:
    """Few shades make many ties."""
    rng = np.random.default_rng(seed)
    person = np.concatenate([[0, 0, 1], rng.integers(people, size=photos)])
    descriptors = rng.integers(1, 1 + shades, (len(person), 3)).astype(np.float32)
    pairs = WeighedPairs.of(person, seed)
    unit = descriptors.astype(np.float64) / np.linalg.norm(descriptors, axis=1, keepdims=True)
    cosine = (unit[pairs.first] * unit[pairs.second]).sum(axis=1)

    def share(kind: np.ndarray, least: float) -> float:
        return float(pairs.weight[kind & (cosine >= least)].sum() / pairs.weight[kind].sum())

    for far, (tar, threshold) in zip(FALSE_ACCEPTANCE_RATES, pairs.figures(descriptors), strict=True):
        assert share(~pairs.same, threshold + 1e-6) <= float(far) + 1e-9
        assert threshold == 1 or share(~pairs.same, threshold - 1e-6) > float(far)
        assert share(pairs.same, threshold + 1e-6) - 1e-9 <= tar <= share(pairs.same, threshold - 1e-6) + 1e-9


@given(st.lists(st.integers(1, 12), min_size=2, max_size=9).filter(lambda photos: max(photos) > 1))
def test_everybody_weighs_the_same(photos: list[int]) -> None:
    person = np.random.default_rng(0).permutation(np.repeat(np.arange(len(photos)), photos))
    pairs = WeighedPairs.of(person)
    one, two = person[pairs.first], person[pairs.second]
    assert np.array_equal(pairs.same, one == two)
    assert len({frozenset(pair) for pair in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)}) == len(one)
    for i, several in enumerate(photos):
        assert pairs.weight[pairs.same & (one == i)].sum() == pytest.approx(float(several > 1))
        for j in range(i):
            both = (np.minimum(one, two) == j) & (np.maximum(one, two) == i)
            assert pairs.weight[both].sum() == pytest.approx(1)


def test_who_has_many_photos_does_not_rule() -> None:
    """One person of sixty photos is never recognised, nine with two each always are."""
    person = np.concatenate([np.zeros(60, int), np.repeat(np.arange(1, 10), 2)])
    descriptors = np.random.default_rng(1).normal(size=(len(person), 64)).astype(np.float32)
    descriptors[60:] = np.repeat(descriptors[60::2], 2, axis=0)
    (tar, _), _ = WeighedPairs.of(person).figures(descriptors)
    assert tar == pytest.approx(0.9, abs=0.01)


def test_few_strangers_are_all_kept_out() -> None:
    descriptors = np.array([[1, 0], [1, 0], [0.6, 0.8]], np.float32)
    found = WeighedPairs.of(np.array([0, 0, 1])).figures(descriptors)
    assert found.tolist() == [pytest.approx([1, 0.6])] * 2 and (found[:, 1] > np.float32(0.6)).all()


def test_no_threshold_is_more_than_a_cosine_can_be() -> None:
    assert WeighedPairs.of(np.array([0, 0, 1])).figures(np.ones((3, 2), np.float32))[:, 1].tolist() == [1, 1]


def test_intervals_hold_the_figures_and_narrow_with_more_people() -> None:
    widths = []
    for people in (12, 60):
        person = np.repeat(np.arange(people), 3)
        pairs, descriptors = WeighedPairs.of(person), described(person)
        found = pairs.estimates(descriptors)
        for (tar, threshold), figures in zip(found, pairs.figures(descriptors), strict=True):
            assert [tar.value, threshold.value] == pytest.approx(figures.tolist())
            for figure in (tar, threshold):
                assert figure.interval[0] <= figure.value <= figure.interval[1]
        widths.append(found[0][1].interval[1] - found[0][1].interval[0])
    assert 0 < widths[1] < widths[0]


def test_of_many_people_and_photos_some_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    person = np.repeat(np.arange(PEOPLE + 20), 3)
    person = np.concatenate([person, np.full(40, 7)])
    names = tuple(f"{one}/{i}.jpg" for i, one in enumerate(person))
    people = tuple(map(str, range(PEOPLE + 20)))
    faces = LabelledFaces(np.zeros((len(person), 1, 1, 3), np.uint8), person, names, people, "noise")
    some = some_faces(faces)
    _, photos = np.unique(some.labels, return_counts=True)
    assert len(photos) == PEOPLE and photos.max() <= PHOTOS_EACH
    assert some.names == some_faces(faces).names and set(some.names) < set(names)
    assert "600 held-out people" in (told := WeighedPairs.of(some.labels).told()) and "179,700 of two" in told
    monkeypatch.setattr(weighed_pairs, "_OF_TWO", 3 * 15)
    assert (~WeighedPairs.of(np.repeat(np.arange(6), 40)).same).sum() == pytest.approx(45, abs=2)


@pytest.mark.parametrize("person", [[0, 0, 0], [0, 1, 2]])
def test_pairs_of_one_kind_give_no_threshold(person: list[int]) -> None:
    with pytest.raises(InputError, match=r"with (3|0) pairs of .*; expected two people, .*: add people"):
        WeighedPairs.of(np.array(person))
