"""Parts of a dataset, and the search split that stays the same for ever."""

from __future__ import annotations

import numpy as np
import pytest

from facefit.faces.dataset import LabelledFaces, in_search_split


@pytest.fixture
def faces() -> LabelledFaces:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, 4, 4, 3), np.uint8)
    targets = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
    return LabelledFaces(images, targets, tuple("abcdef"), ("x", "y", "z"), "folder", {"g": "gone"}, "train")


def test_parts_keep_what_belongs_together(faces):
    kept, held = faces.split(lambda name: name in "bf")
    assert kept.names == tuple("acde") and held.names == ("b", "f")
    assert held.labels.tolist() == [1, 2] and held.part == "train" and held.classes == faces.classes
    np.testing.assert_array_equal(held.images, faces.images[[1, 5]])
    np.testing.assert_array_equal(kept.targets, faces.targets[[0, 2, 3, 4]])


def test_a_part_may_be_empty(faces):
    assert len(faces.where(np.zeros(6, bool))) == 0


def test_the_search_split_is_a_tenth_and_never_changes():
    names = [f"fer{i:07}.png" for i in range(20_000)]
    held = [name for name in names if in_search_split(name)]
    assert 0.09 < len(held) / len(names) < 0.115
    assert held[:3] == ["fer0000000.png", "fer0000005.png", "fer0000019.png"]
