"""Where the points of a face end up."""

from __future__ import annotations

import cmath
import json
from pathlib import Path

import numpy as np
import pytest
from lfw_photos import lfw_folder

from facefit.errors import InputError
from facefit.faces.alignment import TEMPLATE, align, crop, similarity, view_face
from facefit.faces.detected import DetectedFace
from facefit.faces.expression_view import expression_view
from facefit.faces.images import read_image
from facefit.pixels import resize

RECORDED = json.loads((Path(__file__).parent / "recorded_detections.json").read_text())["photos"]


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


def aligned_otherwise(photo: np.ndarray, points: tuple[tuple[float, float], ...], size: int) -> np.ndarray:
    """Umeyama's similarity by singular values (1991, equations 40 to 43), and bilinear samples of our own.

    As many samples a pixel, each way, as the photo is finer; float64 (size, size, 3), NaN at the photo's edge and
    beyond.
    """
    source, target = np.array(points), np.array(TEMPLATE) * size / 112
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    left, values, right = np.linalg.svd(b.T @ a / 5)
    signs = np.array([1, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    turn = (values * signs).sum() / (a**2).sum(axis=1).mean() * left @ np.diag(signs) @ right
    samples = int(np.ceil(1 / np.sqrt(np.linalg.det(turn)) - 1e-6))
    y, x = (np.mgrid[: size * samples, : size * samples] + 0.5) / samples
    places = (np.stack([x, y], axis=-1) - target.mean(axis=0)) @ np.linalg.inv(turn).T + source.mean(axis=0) - 0.5
    first = np.floor(places).astype(int)
    inside = ((first >= 0) & (first < np.array(photo.shape[1::-1]) - 1)).all(axis=-1)
    part, first = (places - first)[..., None], np.where(inside[..., None], first, 0)
    (u, v), (i, j) = (part[..., 0, :], part[..., 1, :]), (first[..., 0], first[..., 1])
    upper, lower = ((1 - u) * photo[j + k, i] + u * photo[j + k, i + 1] for k in (0, 1))
    fine = np.where(inside[..., None], (1 - v) * upper + v * lower, np.nan)
    return fine.reshape(size, samples, size, samples, 3).mean(axis=(1, 3))


def differs(photo: np.ndarray, points: tuple[tuple[float, float], ...], size: int) -> float:
    """The furthest that a pixel is from where the other way has it; at least half of them have to be in the photo."""
    apart = np.abs(align(photo, points, size) - aligned_otherwise(photo, points, size))
    assert np.isfinite(apart).mean() > 0.5
    return float(np.nanmax(apart))


@pytest.mark.parametrize("size", [112, 224])
@pytest.mark.parametrize(("scale", "turn"), [(0.7, 0.3), (1.3, -0.5), (3.1, 0.1)])
def test_another_implementation_gives_the_same_pixels(size: int, scale: float, turn: float) -> None:
    rng = np.random.default_rng(0)
    photo = resize(rng.integers(0, 256, (60, 50, 3), np.uint8), 400)
    a = cmath.rect(scale, turn)
    points = np.array(moved(a, complex(200, 200) - a * complex(56, 75))) + rng.normal(scale=2.0, size=(5, 2))
    assert differs(photo, tuple(map(tuple, points)), size) <= 1.5


@pytest.mark.real_data
@pytest.mark.parametrize("size", [112, 224])
def test_another_implementation_gives_the_same_real_faces(size: int) -> None:
    folder = lfw_folder()
    for name, faces in list(RECORDED.items())[:6]:
        photo = read_image(folder / name)
        assert differs(photo, tuple(map(tuple, faces[0]["points"])), size) <= 1.5


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
