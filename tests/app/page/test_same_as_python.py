"""Faces are found, cut out and compared in the page as in Python: the same pixels, the same places."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from page_photos import noise, people, side_by_side
from PIL import ExifTags, Image

from facefit.faces.alignment import align
from facefit.faces.area import AreaMeans
from facefit.faces.detected import DetectedFace
from facefit.faces.detector import FaceDetector
from facefit.faces.detector_networks import load_weights, proposal_graph
from facefit.faces.expression_view import expression_view
from facefit.faces.images import read_image
from facefit.graph import LoadedModel, emit_tflite
from facefit.pixels import resize

pytestmark = pytest.mark.slow
START = """async () => {
  const { Faces } = await import("/js/faces/faces.js");
  const { Api } = await import("/js/api.js");
  const names = ["proposal", "refinement", "landmark"];
  const files = await Promise.all(names.map((name) => new Api().bytes(`/detector/${name}.tflite`)));
  window.files = Object.fromEntries(names.map((name, i) => [name, files[i]]));
  window.faces = await Faces.start(window.files);
  window.bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}"""
READ = "async (text) => (await faces.read(new Blob([bytes(text)], { type: 'image/png' }))).faces"
SIZE = """async (text) => {
  const { width, height } = await faces.read(new Blob([bytes(text)], { type: 'image/jpeg' }));
  return [width, height];
}"""
MODULE = """async ([name, call, image, rest]) => {
  const module = await import(`/js/faces/${name}.js`);
  const pixels = { data: new Uint8ClampedArray(bytes(image.data)), width: image.width, height: image.height };
  if (call === "AreaMeans") return Array.from(new module.AreaMeans(pixels).resized(...rest));
  return Array.from(module[call](pixels, ...rest).data);
}"""
PROPOSE = """async ([height, width, pixels]) => {
  const { withImageSize } = await import("/js/faces/model_shapes.js");
  const { Model } = await import("/js/runtime/runtime.js");
  const model = await Model.load(withImageSize(files.proposal, height, width));
  const results = await model.run([Float32Array.from(pixels)]);
  return Object.fromEntries(model.outputNames.map((name, i) => [name, Array.from(results[i])]));
}"""


@pytest.fixture(scope="module")
def page(visit: Any) -> Any:
    visiting = visit()
    visiting.open()
    visiting.page.evaluate(START)
    return visiting.page


def png(pixels: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def call(page: Any, module: str, name: str, pixels: np.ndarray, *rest: Any) -> np.ndarray:
    opaque = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    image = {"data": base64.b64encode(opaque.tobytes()).decode(), "width": opaque.shape[1], "height": opaque.shape[0]}
    return np.array(page.evaluate(MODULE, [module, name, image, list(rest)]))


def test_resampling_and_alignment_give_the_same_pixels(page: Any) -> None:
    points = ((30.5, 40.2), (80.1, 44.0), (52.0, 70.3), (35.0, 90.0), (75.2, 93.1))
    for height, width in ((90, 70), (97, 122), (130, 100), (240, 200)):
        pixels = noise(height, width)
        for size in (40, 64, 112):
            seen = call(page, "resampling", "resample", pixels, size, size, "bilinear").reshape(size, size, 4)
            np.testing.assert_array_equal(seen[..., :3], resize(pixels, size))
            seen = call(page, "alignment", "align", pixels, points, size).reshape(size, size, 4)
            np.testing.assert_array_equal(seen[..., :3], align(pixels, points, size))
        for box in ((10.2, 20.0, 50.4, 70.9), (-9.5, 3.0, 30.0, 60.5)):
            seen = call(page, "portrait", "portrait", pixels, box, 48).reshape(48, 48, 4)
            face = DetectedFace(box, points, 1.0)
            np.testing.assert_array_equal(seen[..., :3], expression_view(pixels, face, 48))
        shrunk = np.asarray(Image.fromarray(pixels).resize((61, 47), Image.Resampling.BOX))
        seen = call(page, "resampling", "resample", pixels, 61, 47, "box").reshape(47, 61, 4)
        np.testing.assert_array_equal(seen[..., :3], shrunk)


@pytest.mark.parametrize("window", [(0, 0, 40, 31), (-4, -5, 20, 19), (30, 20, 60, 50), (50, 50, 60, 60)])
def test_area_means_are_the_same(page: Any, window: tuple[int, int, int, int]) -> None:
    pixels = noise(31, 40)
    seen = call(page, "area", "AreaMeans", pixels, window, 24, 17).reshape(24, 17, 3)
    np.testing.assert_array_equal(seen.astype(np.float32), AreaMeans(pixels)(window, 24, 17))


@pytest.mark.parametrize("size", [(12, 12), (13, 30), (40, 21), (72, 96)])
def test_one_file_of_the_proposal_network_serves_all_sizes(page: Any, size: tuple[int, int]) -> None:
    pixels = noise(*size).astype(np.float32)
    wanted = LoadedModel(emit_tflite(proposal_graph(load_weights(), *size))).run(image=pixels[None])
    seen = page.evaluate(PROPOSE, [*size, pixels.ravel().tolist()])
    for name, values in wanted.items():
        np.testing.assert_allclose(np.array(seen[name]), values.ravel(), atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (11, 200), (90, 150)])
def test_no_face_is_found_where_there_is_none(page: Any, size: tuple[int, int]) -> None:
    assert page.evaluate(READ, png(noise(*size))) == []
    assert page.evaluate(READ, png(np.full((*size, 3), 128, np.uint8))) == []


def test_photos_are_read_upright(page: Any) -> None:
    """As cameras write them: lying, with a note of how they were held."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    file = io.BytesIO()
    Image.fromarray(noise(20, 50)).save(file, "JPEG", exif=exif)
    assert page.evaluate(SIZE, base64.b64encode(file.getvalue()).decode()) == [20, 50]


def test_each_photo_is_kept_under_a_key_of_its_own_until_it_is_forgotten(page: Any) -> None:
    keys = [page.evaluate(READ.replace(".faces", ".key"), png(noise(20, 20))) for _ in range(2)]
    assert len(set(keys)) == 2
    describe = "(key) => faces.describe(key, 'none', 'aligned').then((all) => all.length, () => 'unknown')"
    assert [page.evaluate(describe, key) for key in keys] == [0, 0]
    page.evaluate("(key) => faces.forget(key)", keys[0])
    assert [page.evaluate(describe, key) for key in keys] == ["unknown", 0]


@pytest.mark.real_data
def test_faces_are_where_python_finds_them(page: Any, lfw: Path, tmp_path: Path) -> None:
    persons, detector, found = people(lfw, 8, 2), FaceDetector(), 0
    files = [file for person in persons for file in person]
    files += [side_by_side(files[:5], tmp_path / "group.png"), side_by_side(files[5:9], tmp_path / "large.png", 2.6)]
    files.append(side_by_side(files[:16], tmp_path / "long.png", 2.2))  # shrunk by its area
    for file in files:
        pixels = read_image(file)
        wanted, seen = detector(pixels), page.evaluate(READ, png(pixels))
        assert len(seen) == len(wanted), file
        for face, other in zip(wanted, seen, strict=True):
            np.testing.assert_allclose(other["box"], face.box, atol=0.01)
            np.testing.assert_allclose(other["points"], face.points, atol=0.01)
            assert other["score"] == pytest.approx(face.score, abs=1e-5)
        found += len(seen)
    assert found >= 20
