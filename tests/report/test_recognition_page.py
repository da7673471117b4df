"""The page on recognising people holds its photos, escapes names, and needs nothing else."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.patches import Ellipse
from PIL import Image
from test_page import Reader

from facefit.report.recognition import LookedAt, MistakenPhoto, Photo, RecognitionReport
from facefit.report.recognition_drawing import data_uri, occlusion_figure, overlaid, strengths
from facefit.report.recognition_page import render_recognition, write_recognition_page
from facefit.report.view import KeyFigure

POINTS = ((0.34, 0.46), (0.66, 0.46), (0.5, 0.64), (0.37, 0.82), (0.63, 0.82))


def photo(caption: str, value: int = 90) -> Photo:
    return Photo(np.full((16, 16, 3), value, np.uint8), caption)


@pytest.fixture
def report() -> RecognitionReport:
    heat = np.linspace(0, 0.4, 25).reshape(5, 5)
    mistake = MistakenPhoto(
        photo("<b>A</b>/1.jpg"), (photo("B/2.jpg, 0.912"), photo("C/1.jpg, 0.500")), photo("A/2.jpg")
    )
    figures = (KeyFigure("accuracy", "91.20 %", "95 % interval 90 to 92"),)
    looked_at = (LookedAt(photo("D/1.jpg", 30), heat),)
    return RecognitionReport(
        "face.tflite", "recognises", "lfw-596", figures, heat, 48, POINTS, looked_at, (mistake,), 7, {"seed": "0"}
    )


def test_the_page_is_whole_and_needs_nothing_else(report):
    page = render_recognition(report)
    reader = Reader(page)
    assert len(reader.ids) == len(set(reader.ids))
    assert reader.tags.count("img") == 2 + 4 and "script" not in reader.tags
    assert all(ref.startswith(("#", "data:image/jpeg;base64,")) for ref in reader.references)
    text = re.sub(r"\s+", " ", reader.text)
    told = ("recognises", "91.20 %", "Mean over 48 faces", "falls by 0.400", "7 photos were taken", "B/2.jpg, 0.912")
    for words in (*told, "<b>A</b>/1.jpg", "do not publish it"):
        assert words in text


def test_without_mistakes_it_says_so(report):
    text = Reader(render_recognition(replace(report, mistakes=(), mistaken=0, looked_at=()))).text
    assert "nobody was taken for anybody else" in text and "nearest in the gallery" not in text


def test_it_is_written_whole(report, tmp_path):
    write_recognition_page(report, tmp_path / "run" / "report.html")
    assert (tmp_path / "run" / "report.html").read_text(encoding="utf-8") == render_recognition(report)
    assert len(list((tmp_path / "run").iterdir())) == 1


def test_the_face_is_drawn_only_where_points_are(report):
    drawn, bare = (occlusion_figure(report.occlusion, points) for points in (POINTS, ()))
    assert len(drawn.findobj(Ellipse)) == 4 and not bare.findobj(Ellipse)


def test_strengths_are_shares_of_the_greatest():
    np.testing.assert_allclose(strengths(np.array([[0.0, 0.1], [0.2, -0.1]])), [[0, 0.5], [1, 0]])
    assert not strengths(np.zeros((3, 3))).any()


def test_only_what_moves_the_descriptor_is_tinted():
    heat = np.zeros((4, 4))
    heat[0, 0] = 1
    image = np.full((40, 40, 3), 90, np.uint8)
    tinted = overlaid(image, heat)
    assert tinted[2, 2, 0] > 130 and (tinted[30:, 30:] == 90).all() and (image == 90).all()


def test_photos_survive_the_way_into_the_page():
    image = photo("", 77).image
    data = base64.b64decode(data_uri(image).partition(",")[2])
    assert np.abs(np.asarray(Image.open(io.BytesIO(data))).astype(int) - 77).max() < 4
