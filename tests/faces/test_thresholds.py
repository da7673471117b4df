"""Thresholds let no more strangers pass than they say, and nobody else is kept out for that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facefit.errors import InputError
from facefit.faces import thresholds as room
from facefit.faces.thresholds import FALSE_ACCEPTANCE_RATES, Thresholds


def pairs(descriptors: np.ndarray, person: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosines of the pairs of one person and of two, all at once, float64."""
    unit = descriptors.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    first, second = np.triu_indices(len(person), 1)
    cosine, same = (unit @ unit.T)[first, second], person[first] == person[second]
    return cosine[same], cosine[~same]


@given(st.integers(2, 60), st.integers(2, 8), st.integers(1, 4), st.integers(1, 70), st.integers(0, 2**32 - 1))
def test_at_most_the_share_of_strangers_passes_and_no_lower_threshold_would_do(
    photos: int, people: int, shades: int, rows: int, seed: int
) -> None:
    """Few shades make many ties."""
    rng = np.random.default_rng(seed)
    person = np.concatenate([[0, 0, 1], rng.integers(people, size=photos)])
    descriptors = rng.integers(1, 1 + shades, (len(person), 3)).astype(np.float32)
    same, different = pairs(descriptors, person)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "_ROWS", rows)
        found = Thresholds.over([descriptors], person, "noise")
    for far in FALSE_ACCEPTANCE_RATES:
        allowed = int(1000 * float(far)) * len(different) // 1000
        assert (different >= found.cosine[far] + 1e-6).sum() <= allowed
        assert (different >= found.cosine[far] - 1e-6).sum() > allowed
        assert (same >= found.cosine[far] + 1e-6).mean() <= found.tar[far] <= (same >= found.cosine[far] - 1e-6).mean()


def test_few_strangers_are_all_kept_out() -> None:
    descriptors = np.array([[1, 0], [1, 0], [0.6, 0.8]], np.float32)
    found = Thresholds.over([descriptors], np.array([0, 0, 1]), "three photos")
    assert found.cosine == pytest.approx({"0.01": 0.6, "0.001": 0.6}) and found.tar == {"0.01": 1, "0.001": 1}
    assert all(value > np.float32(0.6) for value in found.cosine.values())


def test_one_stranger_in_a_hundred_is_one_and_not_more() -> None:
    """Of 2,900 pairs 29 may pass, and 2 at one in a thousand."""
    angles = np.linspace(0, 1.4, 2900)
    photos = np.concatenate([[[1, 0]], np.stack([np.cos(angles), np.sin(angles)], 1)]).astype(np.float32)
    found = Thresholds.over([photos], np.array([0] + [1] * 2900), "a fan")
    different = photos[1:, 0]
    assert (different >= found.cosine["0.01"]).sum() == 29 and (different >= found.cosine["0.001"]).sum() == 2


def test_several_subnets_are_averaged_and_come_back_from_a_file(tmp_path: Path) -> None:
    rng, person = np.random.default_rng(0), np.repeat(np.arange(6), 3)
    several = [rng.normal(size=(18, 5)).astype(np.float32) for _ in range(3)]
    alone = [Thresholds.over([one], person, "noise").cosine["0.01"] for one in several]
    found = Thresholds.over(several, person, "noise")
    assert found.cosine["0.01"] == pytest.approx(np.mean(alone))
    assert found.deviation["0.01"] == pytest.approx(np.std(alone, ddof=1)) and found.subnets == 3
    found.save(tmp_path / "thresholds.json")
    assert Thresholds.load(tmp_path / "thresholds.json") == found
    assert found.card_entry()["tar"] == pytest.approx(found.tar, abs=1e-6)


@pytest.mark.parametrize("person", [[0, 0, 0], [0, 1, 2]])
def test_pairs_of_one_kind_give_no_threshold(person: list[int]) -> None:
    with pytest.raises(InputError, match=r"3 .*expected some of both"):
        Thresholds.over([np.eye(3, dtype=np.float32)], np.array(person), "nobody")
