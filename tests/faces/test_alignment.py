"""Where the points of a face end up."""

from __future__ import annotations

import cmath

import numpy as np
import pytest

from facefit.errors import InputError
from facefit.faces.alignment import TEMPLATE, align, crop, similarity, view_face
from facefit.faces.detected import DetectedFace
from facefit.faces.expression_view import expression_view


def moved(a: complex, b: complex) -> tuple[tuple[float, float], ...]:
    """The template, turned, scaled and shifted."""
    places = [a * complex(x, y) + b for x, y in TEMPLATE]
    return tuple((z.real, z.imag) for z in places)


@pytest.mark.parametrize("angle", [0.0, 0.4, -2.5])
@pytest.mark.parametrize("scale", [0.3, 1.0, 4.0])
def test_a_similarity_is_found_again(angle, scale):
    wanted_a, wanted_b = cmath.rect(scale, angle), complex(40, -7)
    a, b = similarity(TEMPLATE, moved(wanted_a, wanted_b))
    assert a == pytest.approx(wanted_a) and b == pytest.approx(wanted_b)


def test_no_similarity_comes_nearer():
    rng = np.random.default_rng(0)
    source, target = (tuple(map(tuple, rng.normal(size=(5, 2)))) for _ in range(2))
    z, w = (np.array([complex(x, y) for x, y in points]) for points in (source, target))
    a, b = similarity(source, target)
    best = (np.abs(a * z + b - w) ** 2).sum()
    for _ in range(200):
        da, db = (complex(*rng.normal(scale=0.05, size=2)) for _ in range(2))
        assert (np.abs((a + da) * z + b + db - w) ** 2).sum() >= best


def test_points_that_coincide_are_refused():
    with pytest.raises(InputError, match="coincide"):
        similarity(((3.0, 4.0),) * 5, TEMPLATE)


def dotted(points: tuple[tuple[float, float], ...], radius: float, side: int = 400) -> np.ndarray:
    """Black, with a bright blob around each point."""
    rows, columns = np.mgrid[:side, :side] + 0.5
    blobs = [np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * radius**2)) for x, y in points]
    return np.repeat((255 * np.sum(blobs, axis=0)).clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("size", [112, 224])
@pytest.mark.parametrize("turn", [0.0, 0.6])
@pytest.mark.parametrize("scale", [0.8, 1.0, 2.6])
def test_points_fall_on_the_template(size, turn, scale):
    a = cmath.rect(scale, turn)
    points = moved(a, complex(200, 200) - a * complex(56, 75))
    seen = align(dotted(points, 2 * scale), points, size)
    assert seen.shape == (size, size, 3) and seen.dtype == np.uint8
    rows, columns = np.mgrid[:size, :size] + 0.5
    for x, y in np.array(TEMPLATE) * size / 112:
        near = seen[..., 0] * ((columns - x) ** 2 + (rows - y) ** 2 < (7 * size / 112) ** 2).astype(float)
        assert (near * columns).sum() / near.sum() == pytest.approx(x, abs=0.3)
        assert (near * rows).sum() / near.sum() == pytest.approx(y, abs=0.3)


def test_shrinking_averages_instead_of_skipping_pixels():
    stripes = np.zeros((800, 800, 3), np.uint8)
    stripes[:, ::2] = 255
    seen = align(stripes, tuple((6 * x, 6 * y) for x, y in TEMPLATE), 112)
    assert np.abs(seen.astype(int) - 127).max() <= 3


def test_a_crop_is_the_box_inside_the_photo():
    photo = np.zeros((60, 80, 3), np.uint8)
    photo[10:30, 20:50] = (200, 100, 50)
    seen = crop(photo, DetectedFace((20, 10, 50, 30), TEMPLATE, 1.0), 32)
    assert seen.shape == (32, 32, 3) and (seen == (200, 100, 50)).all()
    outside = crop(photo, DetectedFace((-15.0, -9.0, 80.0, 60.0), TEMPLATE, 1.0), 16)
    assert outside.shape == (16, 16, 3) and outside.any()


@pytest.mark.parametrize("box", [(-30, 0, -5, 20), (0, 70, 20, 90), (90, 0, 99, 9)])
def test_a_box_outside_is_refused(box):
    with pytest.raises(InputError, match="lies outside"):
        crop(np.zeros((60, 80, 3), np.uint8), DetectedFace(box, TEMPLATE, 1.0), 32)


def test_both_views_have_the_size_asked_for():
    photo = np.random.default_rng(0).integers(0, 256, (150, 150, 3), np.uint8)
    face = DetectedFace((20.0, 20.0, 90.0, 110.0), TEMPLATE, 0.9)
    aligned, cropped = (view_face(photo, face, 48, view) for view in ("aligned", "cropped"))
    assert aligned.shape == cropped.shape == (48, 48, 3) and (aligned != cropped).any()


def test_expressions_are_read_from_a_grey_square_around_the_box():
    """The box is 1.043 of its side, and the photo's edge goes on where it ends."""
    photo = np.zeros((200, 300, 3), np.uint8)
    photo[:, 150:] = (200, 100, 50)
    side = 100
    box = (153 - 1.043 * side / 2, 20.0, 153 + 1.043 * side / 2, 90.0)
    seen = expression_view(photo, DetectedFace(box, TEMPLATE, 1.0), side)
    assert seen.shape == (side, side, 3) and (seen == seen[..., :1]).all()
    edge = np.flatnonzero(np.diff(seen[50, :, 0].astype(int)))
    assert edge.tolist() == [150 - round(153 - 0.486 * side) - 1]
    assert seen[50, -1, 0] == round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)
    outside = expression_view(photo, DetectedFace((-90.0, -90.0, 30.0, 30.0), TEMPLATE, 1.0), 48)
    assert outside.shape == (48, 48, 3) and not outside.any()
