"""Disturbances do what they say, by as much as they say, and more at each level."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from facefit.evaluation.disturbances import (
    DISTURBANCES,
    VIEW_PX,
    add_noise,
    blur,
    darken,
    jitter,
    occlude,
    tilt,
    undisturbed_cut,
)
from facefit.faces.alignment import TEMPLATE
from facefit.faces.detected import DetectedFace
from facefit.graph.parity import random_images

PHOTO = random_images(200, 1, np.random.default_rng(0))[0].astype(np.uint8)
FACE = DetectedFace((40.0, 30.0, 140.0, 150.0), tuple((x + 35, y + 25) for x, y in TEMPLATE), 0.99)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize("view", ["aligned", "cropped"])
@pytest.mark.parametrize("kind", DISTURBANCES, ids=lambda kind: kind.name)
def test_every_level_is_worse_than_the_one_before(kind, view):
    plain = undisturbed_cut(view)(PHOTO, FACE, 48).astype(float)
    assert plain.shape == (VIEW_PX, VIEW_PX, 3)
    changes = []
    for level in kind.levels:
        seen = [kind.cut(view, level, np.random.default_rng(i))(PHOTO, FACE, 48) for i in range(6)]
        assert all(image.shape == plain.shape and image.dtype == np.uint8 for image in seen)
        changes.append(np.mean([np.abs(image - plain).mean() for image in seen]))
    assert changes[0] > 0 and all(a < b for a, b in pairwise(changes)), changes


def test_the_same_generator_gives_the_same_disturbance():
    for kind in DISTURBANCES:
        one, same = (kind.cut("aligned", kind.levels[-1], rng())(PHOTO, FACE, 48) for _ in range(2))
        np.testing.assert_array_equal(one, same)


@pytest.mark.parametrize("level", [-20, -10, 0, 10])
def test_noise_has_the_power_it_says(level):
    noisy = add_noise(PHOTO, level, rng())
    seen = np.corrcoef(PHOTO.ravel(), noisy.ravel())[0, 1]
    assert seen == pytest.approx(1 / np.sqrt(1 + 10 ** (level / 10)), abs=0.01)
    assert noisy.min() == 0 and noisy.max() == 255
    assert add_noise(np.full((8, 8, 3), 9, np.uint8), level, rng()).shape == (8, 8, 3)


def test_blur_spreads_a_point_by_its_share_of_the_side():
    point = np.zeros((201, 201, 3), np.uint8)
    point[90:111, 90:111] = 255
    weights = blur(point, 4, rng())[..., 0].astype(float)
    offsets = np.arange(201) - 100
    variance = (weights.sum(axis=0) * offsets**2).sum() / weights.sum()
    assert np.sqrt(variance - (21**2 - 1) / 12) == pytest.approx(0.04 * 201, rel=0.1)


def test_darkness_leaves_its_share_of_the_light():
    np.testing.assert_array_equal(darken(np.full((2, 2, 3), 200, np.uint8), 12, rng()), 24)


def test_occlusion_covers_its_share_of_the_area():
    white = np.full((100, 100, 3), 255, np.uint8)
    covered = occlude(white, 30, rng())
    assert (covered == 128).mean() == pytest.approx(0.3, abs=0.01) and (white == 255).all()


def test_tilt_turns_about_the_face_and_leaves_the_detection():
    turned, face = tilt(PHOTO, FACE, 90, rng())
    assert face is FACE
    x, y = map(int, FACE.centre)
    left = [turned[y, x - 30], turned[y + 30, x], turned[y - 30, x]]
    here = PHOTO[y - 30 - 2 : y - 30 + 3, x - 2 : x + 3].reshape(-1, 3).astype(int)
    there = PHOTO[y + 30 - 2 : y + 30 + 3, x - 2 : x + 3].reshape(-1, 3).astype(int)
    assert any(np.abs(spot - left[0].astype(int)).max(axis=1).min() <= 8 for spot in (here, there))


def test_jitter_moves_box_and_points_alike_and_no_further_than_said():
    for i in range(50):
        photo, face = jitter(PHOTO, FACE, 20, np.random.default_rng(i))
        assert photo is PHOTO
        before, after = (np.array([(f.box[0], f.box[1]), (f.box[2], f.box[3]), *f.points]) for f in (FACE, face))
        scale = (after[1] - after[0]) / (before[1] - before[0])
        assert scale[0] == pytest.approx(scale[1]) and 0.8 <= scale[0] <= 1.2
        np.testing.assert_allclose(after - after[0], scale[0] * (before - before[0]))
        shift = np.abs(np.array(face.centre) - FACE.centre) / (100, 120)
        assert shift.max() <= 0.2
