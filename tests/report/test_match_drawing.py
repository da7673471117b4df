"""Pictures of who is on both of two photos: where photos, lines and labels stand."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from facefit.report.match_drawing import FramedPhoto, Line, match_picture
from facefit.report.match_layout import Box, Ground, places, places_at, places_on, scale

GREY = 128


def photo(width: int, height: int, boxes: list[Box]) -> FramedPhoto:
    return FramedPhoto(np.full((height, width, 3), GREY, np.uint8), boxes)


def group(columns: int, rows: int) -> FramedPhoto:
    """Faces on a grid, with as much room between them as on photos of groups."""
    boxes = [
        (75.0 + 250 * x, 70.0 + 250 * y, 175.0 + 250 * x, 190.0 + 250 * y) for y in range(rows) for x in range(columns)
    ]
    return photo(250 * columns, 250 * rows, boxes)


def boxes_of(first: FramedPhoto, second: FramedPhoto, picture: Image.Image, lines: int) -> list[list[Box]]:
    """Where the faces stand in the picture."""
    times = [scale((p.pixels.shape[1], p.pixels.shape[0]), p.boxes) for p in (first, second)]
    sizes = [
        (round(p.pixels.shape[1] * t), round(p.pixels.shape[0] * t))
        for p, t in zip((first, second), times, strict=True)
    ]
    whole, starts = places(sizes, 8 * max(1, lines))
    assert whole == picture.size
    return [
        [(x + t * a, y + t * b, x + t * c, y + t * d) for a, b, c, d in p.boxes]
        for p, t, (x, y) in zip((first, second), times, starts, strict=True)
    ]


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def outside(points: np.ndarray, box: Box) -> np.ndarray:
    x, y = points.T
    return (x < box[0]) | (x > box[2]) | (y < box[1]) | (y > box[3])


@pytest.mark.parametrize(
    ("first", "second", "stacked"),
    [
        ((720, 720), (720, 720), False),
        ((540, 720), (1080, 720), False),  # portrait and landscape
        ((1080, 720), (1080, 720), False),
        ((180, 2160), (180, 2160), False),
        ((1280, 720), (1280, 720), True),
        ((1600, 400), (1600, 400), True),
        ((1600, 320), (384, 384), True),  # a tiny photo and a panorama
        ((180, 1440), (1600, 267), False),
    ],
)
def test_photos_stand_as_a_screen_shows_them_best(
    first: tuple[int, int], second: tuple[int, int], stacked: bool
) -> None:
    size, (one, other) = places([first, second], 8)
    if stacked:
        assert size == (max(first[0], second[0]), first[1] + 8 + second[1])
        assert one[1] == 0 and other[1] == first[1] + 8
        assert [one[0], other[0]] == [(size[0] - first[0]) // 2, (size[0] - second[0]) // 2]
    else:
        assert size == (first[0] + 8 + second[0], max(first[1], second[1]))
        assert one[0] == 0 and other[0] == first[0] + 8
        assert [one[1], other[1]] == [(size[1] - first[1]) // 2, (size[1] - second[1]) // 2]


def test_photos_of_small_faces_grow_and_tiny_photos_stay_small() -> None:
    assert scale((250, 250), [(70, 70, 170, 190)]) == 720 / 250
    assert scale((1000, 250), []) == 1.6
    tall = group(1, 12)
    assert scale((250, 3000), tall.boxes) * 100 >= 80
    assert scale((64, 64), [(10, 10, 50, 50)]) == 6
    assert scale((60_000, 40_000), [(0, 0, 20, 20)]) * 60_000 == pytest.approx(3200)
    wide = match_picture(group(4, 1), group(4, 1), [Line(0, 3, "0.80"), Line(3, 0, "0.70")])
    assert wide.width == 1600 and wide.height == 800 + 2 * 8


@pytest.mark.parametrize("grids", [((4, 1), (4, 1)), ((1, 6), (1, 6)), ((4, 3), (4, 3)), ((1, 6), (6, 1))])
def test_lines_end_at_edges_of_faces_and_nothing_lies_on_a_face(grids: tuple[tuple[int, int], ...]) -> None:
    first, second = (group(*grid) for grid in grids)
    last = len(first.boxes) - 1
    lines = [Line(i, last - i, f"0.{i + 10}") for i in range(last + 1)]
    picture = match_picture(first, second, lines)
    pixels = np.asarray(picture).astype(int)
    in_first, in_second = boxes_of(first, second, picture, len(lines))
    for box in in_first + in_second:
        left, top, right, bottom = (round(side) for side in box)
        assert (pixels[top + 5 : bottom - 5, left + 5 : right - 5] == GREY).all()  # 5: the frame


def test_a_line_goes_around_a_face_from_edge_to_edge() -> None:
    a, between, b = (100.0, 100.0, 180.0, 200.0), (300.0, 100.0, 380.0, 200.0), (500.0, 100.0, 580.0, 200.0)
    ground = Ground((700, 400), [a, between, b])
    way = ground.line(a, b)
    for end, (left, top, right, bottom) in ((way[0], a), (way[-1], b)):
        assert end[0] in (left, right) or end[1] in (top, bottom)
        assert left <= end[0] <= right and top <= end[1] <= bottom
    for box in (a, between, b):
        assert outside(way[1:-1], box).all()
    again = ground.line(a, b)
    apart = np.linalg.norm(way[:, None] - again[None], axis=2).min(axis=1)
    assert np.median(apart) > 10  # it does not run along the first


def test_labels_lie_on_no_face_while_there_is_room() -> None:
    faces = [(40.0 + 110 * x, 40.0 + 130 * y, 120.0 + 110 * x, 140.0 + 130 * y) for y in range(3) for x in range(4)]
    ground, size = Ground((520, 470), faces), (30.0, 22.0)
    labels = [ground.label(size, places_at(face, size), face) for face in faces]
    ways = [ground.line(faces[i], faces[11 - i]) for i in (0, 1, 2)]
    labels += [ground.label((50.0, 24.0), places_on(way, (50.0, 24.0))) for way in ways]
    for i, label in enumerate(labels):
        assert not any(overlap(label, face) for face in faces)
        assert not any(overlap(label, other) for other in labels[:i])
    for face, label in zip(faces, labels, strict=False):
        assert label[0] >= face[0] - 31 and label[2] <= face[2] + 31 and face[1] - 23 <= label[1] <= face[3] + 1


def test_without_room_a_label_covers_its_own_face_rather_than_others() -> None:
    own, right, below = (0.0, 0.0, 100.0, 100.0), (100.0, 0.0, 200.0, 100.0), (0.0, 100.0, 200.0, 200.0)
    size = (30.0, 22.0)
    label = Ground((200, 200), [own, right, below]).label(size, places_at(own, size), own)
    assert overlap(label, own) and not overlap(label, right) and not overlap(label, below)


def test_faces_that_match_share_a_colour_and_all_lines_are_red() -> None:
    red, blue, unmatched = (224, 32, 44), (0, 114, 178), (242, 194, 48)

    def drawn(lines: list[Line]) -> tuple[Image.Image, dict[tuple[int, int, int], int]]:
        picture = match_picture(group(2, 2), group(2, 2), lines)
        return picture, {colour: count for count, colour in picture.getcolors(1 << 24) or ()}

    one, others = Line(0, 0, "0.90"), [Line(1, 2, "0.80"), Line(0, 2, "0.70")]
    (_, of_one), (picture, of_all) = drawn([one]), drawn([one, *others])
    assert min(of_all[blue], of_all[unmatched]) > 900 and of_all[red] > of_one[red] + 900
    faces = boxes_of(group(2, 2), group(2, 2), picture, 3)
    for side, index, colour in ((0, 0, red), (1, 0, red), (0, 1, blue), (1, 2, blue), (1, 3, unmatched)):
        left, _, _, bottom = faces[side][index]
        assert picture.getpixel((round(left) + 1, round(bottom) - 20)) == colour
