"""Which faces of two photos match, and the picture that shows it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from facefit.errors import InputError
from facefit.faces.detected import DetectedFace
from facefit.faces.matching import (
    DescribedFaces,
    card_acceptance,
    card_threshold,
    card_thresholds,
    card_view,
    check_tells_people_apart,
    matches,
    similarities,
)
from facefit.report.match_drawing import FramedPhoto, Line, match_picture, save_picture


def described(*vectors: tuple[float, ...]) -> DescribedFaces:
    rows = np.array(vectors, np.float32).reshape(len(vectors), 2)
    return DescribedFaces(tuple(DetectedFace((0, 0, 9, 9), ((1, 1),) * 5, 0.9) for _ in vectors), rows)


def test_pairs_pass_from_the_threshold_on_most_similar_first():
    a, b = described((1, 0), (0, 1)), described((0.6, 0.8), (0.0, 1.0), (-1, 0))
    found = matches(a, b, 0.6)
    assert [(m.a, m.b) for m in found] == [(1, 1), (1, 0), (0, 0)]
    assert [m.similarity for m in found] == pytest.approx([1.0, 0.8, 0.6])
    assert similarities(a, b).shape == (2, 3)


def test_no_face_is_never_a_match():
    assert matches(described(), described((1, 0)), -1.0) == []
    assert matches(described((1, 0)), described(), -1.0) == []
    assert matches(described(), described(), -1.0) == []


def test_the_card_says_view_and_threshold():
    card = {"identification": {"view": "cropped", "thresholds": {"0.001": 0.42}}}
    assert card_view(card) == "cropped" and card_threshold(card, "0.001") == 0.42
    assert card_view({}) == "aligned" and card_view({"identification": "?"}) == "aligned"
    with pytest.raises(InputError, match="no card"):
        card_threshold({}, "0.01")
    for without in ({"task": "identity"}, card, {"identification": {"thresholds": {"0.01": "high"}}}):
        with pytest.raises(InputError, match=r"give --threshold, or calibrate.*people-pairs"):
            card_threshold(without, "0.01")


def test_thresholds_of_another_view_stand_beside_those_of_the_card():
    other = {"thresholds": {"0.001": 0.5}, "tar": {"0.001": 0.3}}
    card = {"identification": {"view": "aligned", "thresholds": {"0.001": 0.4}, "other_views": {"cropped": other}}}
    assert card_view(card) == "aligned" and card_threshold(card, "0.001") == 0.4
    assert card_thresholds(card, "aligned") == {"0.001": 0.4} and card_acceptance(card, "aligned") == {}
    assert card_threshold(card, "0.001", "cropped") == 0.5 and card_acceptance(card, "cropped") == {"0.001": 0.3}
    with pytest.raises(InputError, match=r"FAR 0\.01, but one at 0\.001"):
        card_threshold(card, "0.01", "cropped")
    for damaged in ("?", {"cropped": "?"}, {}):
        entry = card["identification"] | {"other_views": damaged}
        with pytest.raises(InputError, match=r"--view cropped: .* for aligned faces; give a --threshold"):
            card_threshold({"identification": entry}, "0.001", "cropped")


def test_a_network_that_reads_expressions_is_not_asked_who_somebody_is():
    check_tells_people_apart({})
    check_tells_people_apart({"task": "identity", "classes": []})
    with pytest.raises(InputError, match=r"reads expressions \(joy, fear\); .*facefit fit --task identity"):
        check_tells_people_apart({"classes": ["joy", "fear"]})


def test_older_cards_do_not_say_whom_a_threshold_refuses():
    card = {
        "identification": {"thresholds": {"0.001": 0.42, "0.01": "?", "few": 0.1}, "tar": {"0.001": 0.25, "0.01": 2}}
    }
    assert card_thresholds(card) == {"0.001": 0.42} and card_acceptance(card) == {"0.001": 0.25}
    assert card_acceptance({"identification": {"thresholds": {"0.001": 0.42}}}) == card_acceptance({}) == {}


def red_pixels(picture: Image.Image) -> int:
    red, green, blue = np.asarray(picture).astype(int).transpose(2, 0, 1)
    return int(((red > 180) & (green < 80) & (blue < 90)).sum())


def test_only_matches_are_joined_by_a_red_line():
    grey = np.full((200, 300, 3), 128, np.uint8)
    left, right = (
        FramedPhoto(grey, [(20, 20, 60, 70)]),
        FramedPhoto(grey[:, :200], [(30, 30, 80, 90), (90, 90, 140, 150)]),
    )
    without = match_picture(left, right, [])
    joined = match_picture(left, right, [Line(0, 1, "0.83")])
    assert red_pixels(without) == 0
    assert red_pixels(joined) > 1000
    assert without.size == joined.size and without.height == 720


def test_a_photo_without_faces_says_so():
    grey = np.full((200, 300, 3), 128, np.uint8)
    picture = np.asarray(match_picture(FramedPhoto(grey, []), FramedPhoto(grey, [(9, 9, 50, 50)]), []))
    half = picture.shape[1] // 2
    assert (picture[300:420, :half] == 255).any() and not (picture[300:420, half + 8 :] == 255).any()


def test_pictures_are_png_or_jpeg(tmp_path):
    picture = Image.new("RGB", (20, 10))
    for name in ("a.png", "b.JPG"):
        save_picture(picture, tmp_path / name)
        assert Image.open(tmp_path / name).size == (20, 10)
    with pytest.raises(InputError, match=r"cannot draw a '\.txt' file"):
        save_picture(picture, tmp_path / "c.txt")
    assert not (tmp_path / "c.txt").exists()
