"""The detector: its networks against plain numpy, its steps by hand, and real photos against another implementation."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from lfw_photos import lfw_folder
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from facefit.errors import ArtifactError, InputError
from facefit.faces.area import AreaMeans
from facefit.faces.boxes import shifted, squares, strongest
from facefit.faces.detected import DetectedFace, central_face
from facefit.faces.detector import FaceDetector
from facefit.faces.detector_networks import landmark_graph, load_weights, proposal_graph, refinement_graph
from facefit.faces.images import read_image
from facefit.graph import LoadedModel, emit_tflite
from facefit.graph.graph import Graph
from facefit.graph.nodes import Input, MaxPool

RECORDED = json.loads((Path(__file__).parent / "recorded_detections.json").read_text())["photos"]


def photo(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def pooled(x: np.ndarray, size: int, stride: int) -> np.ndarray:
    """Windows that stick out are filled up with what is smaller than anything."""
    margins = [(0, -(side - size) % stride) for side in x.shape[:2]]
    x = np.pad(x, [*margins, (0, 0)], constant_values=-np.inf)
    return sliding_window_view(x, (size, size), axis=(0, 1))[::stride, ::stride].max(axis=(-2, -1))


class PlainNetwork:
    """The networks layer by layer in float64, sharing nothing with the graphs."""

    def __init__(self, name: str) -> None:
        weights = load_weights()
        self._tensors = {k.removeprefix(f"{name}."): v.astype(float) for k, v in weights.items() if k.startswith(name)}

    def conv(self, layer: str, x: np.ndarray) -> np.ndarray:
        weight = self._tensors[f"{layer}.weight"]
        windows = sliding_window_view(x, weight.shape[1:3], axis=(0, 1))  # (h, w, channels, k, k)
        return np.einsum("hwcij,oijc->hwo", windows, weight) + self._tensors[f"{layer}.bias"]

    def prelu(self, layer: str, x: np.ndarray) -> np.ndarray:
        y = self.conv(layer, x)
        return np.where(y > 0, y, self._tensors[f"{layer}.slope"] * y)

    def face(self, x: np.ndarray) -> np.ndarray:
        exponentials = np.exp(self.conv("face", x))
        return exponentials / exponentials.sum(axis=-1, keepdims=True)


def normalised(pixels: np.ndarray) -> np.ndarray:
    return (pixels - 127.5) / 128


def test_the_proposal_network_computes_what_numpy_computes():
    pixels, net = photo(31, 22).astype(np.float32), PlainNetwork("proposal")
    x = pooled(net.prelu("conv1", normalised(pixels)), 2, 2)
    x = net.prelu("conv3", net.prelu("conv2", x))
    seen = LoadedModel(emit_tflite(proposal_graph(load_weights(), 31, 22))).run(image=pixels[None])
    np.testing.assert_allclose(seen["face"][0], net.face(x), atol=1e-5)
    np.testing.assert_allclose(seen["shift"][0], net.conv("shift", x), atol=1e-5)
    assert np.ptp(seen["face"]) > 1e-3


def test_the_refinement_network_computes_what_numpy_computes():
    pixels, net = photo(24, 24).astype(np.float32), PlainNetwork("refinement")
    x = pooled(net.prelu("conv1", normalised(pixels)), 3, 2)
    x = pooled(net.prelu("conv2", x), 3, 2)
    x = net.prelu("dense", net.prelu("conv3", x))
    seen = LoadedModel(emit_tflite(refinement_graph(load_weights()))).run(image=pixels[None])
    np.testing.assert_allclose(seen["face"], net.face(x)[0], atol=1e-5)
    np.testing.assert_allclose(seen["shift"], net.conv("shift", x)[0], atol=1e-4)


def test_the_landmark_network_computes_what_numpy_computes():
    pixels, net = photo(48, 48).astype(np.float32), PlainNetwork("landmark")
    x = pooled(net.prelu("conv1", normalised(pixels)), 3, 2)
    x = pooled(net.prelu("conv2", x), 3, 2)
    x = pooled(net.prelu("conv3", x), 2, 2)
    x = net.prelu("dense", net.prelu("conv4", x))
    seen = LoadedModel(emit_tflite(landmark_graph(load_weights()))).run(image=pixels[None])
    np.testing.assert_allclose(seen["face"], net.face(x)[0], atol=1e-5)
    np.testing.assert_allclose(seen["points"], net.conv("points", x)[0], atol=1e-4)


def test_pooling_that_tflite_cannot_do_is_refused():
    image = Input("image", (1, 9, 10, 3))
    with pytest.raises(ArtifactError, match="not to be had"):
        emit_tflite(Graph(image, {"y": MaxPool(image, 3, 2)}))


@pytest.mark.parametrize("window", [(0, 0, 20, 14), (3, 2, 16, 13), (-4, -5, 9, 9), (15, 8, 31, 27), (40, 40, 50, 50)])
@pytest.mark.parametrize("size", [(7, 5), (24, 24)])
def test_area_means_are_means_with_black_outside(window, size):
    pixels, (left, top, right, bottom) = photo(14, 20), window
    wide = np.zeros((114, 120, 3))
    wide[50:64, 50:70] = pixels
    part = wide[50 + top : 50 + bottom, 50 + left : 50 + right]
    wanted = np.empty((*size, 3))
    for i, j in np.ndindex(*size):
        rows = slice(i * len(part) // size[0], -(-(i + 1) * len(part) // size[0]))
        columns = slice(j * part.shape[1] // size[1], -(-(j + 1) * part.shape[1] // size[1]))
        wanted[i, j] = part[rows, columns].mean(axis=(0, 1))
    np.testing.assert_allclose(AreaMeans(pixels)(window, *size), wanted, atol=1e-4)


def test_the_strongest_of_overlapping_boxes_are_kept():
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [20, 20, 30, 30], [22, 22, 26, 26]], float)
    scores = np.array([0.8, 0.9, 0.7, 0.95], np.float32)
    assert strongest(boxes, scores, 0.5, "union").tolist() == [3, 1, 2]  # the small one is a fraction of the union
    assert strongest(boxes, scores, 0.5, "smaller").tolist() == [3, 1]
    assert strongest(boxes[:0], scores[:0], 0.5, "union").tolist() == []


def test_shifts_are_in_units_of_the_box_and_squares_keep_the_centre():
    boxes = np.array([[10.0, 20.0, 20.0, 40.0]])
    moved = shifted(boxes, np.array([[0.1, -0.1, 0.0, 0.05]], np.float32))
    np.testing.assert_allclose(moved, [[11, 18, 20, 41]], atol=1e-5)
    np.testing.assert_array_equal(squares(boxes), [[5, 20, 25, 40]])
    assert squares(np.array([[3.2, 3.2, 3.3, 3.3]]))[0, 2] == 4  # never empty


@pytest.mark.parametrize("size", [(1, 1), (11, 200), (60, 60), (90, 150)])
def test_no_face_is_found_where_there_is_none(size):
    detector = FaceDetector()
    assert detector(np.full((*size, 3), 128, np.uint8)) == []
    assert detector(photo(*size)) == []


def test_other_arrays_and_too_small_faces_are_refused():
    with pytest.raises(InputError, match="sees none under 12"):
        FaceDetector(min_face_px=11)
    for wrong in (photo(50, 50).astype(np.float32), photo(50, 50)[..., 0], photo(50, 50)[:0]):
        with pytest.raises(InputError, match="expected uint8 RGB"):
            FaceDetector()(wrong)


def test_the_central_face_is_the_one_nearest_to_the_centre():
    faces = [DetectedFace((x, 40, x + 20, 60), ((x, 45),) * 5, 0.9) for x in (0.0, 38.0, 80.0)]
    assert central_face(faces, 100, 100) is faces[1]
    assert central_face([], 100, 100) is None


def test_a_face_survives_json_and_damage_is_an_error():
    face = DetectedFace((1.5, 2.25, 30.0, 40.0), ((1.0, 2.0),) * 5, 0.75)
    assert DetectedFace.from_json(json.loads(json.dumps(face.to_json()))) == face
    with pytest.raises(ValueError, match="4 points"):
        DetectedFace.from_json(face.to_json() | {"points": [[0, 0]] * 4})


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    common = np.prod(np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0))
    return float(common / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - common))


@pytest.mark.real_data
def test_faces_of_real_photos_are_where_another_implementation_finds_them():
    folder, detector = lfw_folder(), FaceDetector()
    overlaps, errors = [], []
    for name, wanted in RECORDED.items():
        found = detector(read_image(folder / name))
        for face in wanted:
            box = np.array(face["box"])
            if face["score"] < 0.999 or box.min() < 1 or box.max() > 250:
                continue  # at the border the other one distorts what it sees
            assert found, name
            best = max(found, key=lambda f: overlap(np.array(f.box), box))
            overlaps.append(overlap(np.array(best.box), box))
            errors.append(np.abs(np.array(best.points) - face["points"]).max() / (box[2] - box[0]))
    assert len(overlaps) >= 20
    assert min(overlaps) > 0.8 and np.mean(overlaps) > 0.9
    assert max(errors) < 0.045 and np.mean(errors) < 0.03  # of the width of the face; the other one cuts off fractions


@pytest.mark.real_data
def test_faces_that_are_certain_are_those_that_another_implementation_sees_too():
    """Each once: no box beside a face, and no second one of a face."""
    folder, detector, certain = lfw_folder(), FaceDetector(), 0
    for name, recorded in RECORDED.items():
        free = [np.array(face["box"]) for face in recorded]
        for box in (np.array(face.box) for face in detector(read_image(folder / name)) if face.score >= 0.999):
            if box.min() < 1 or box.max() > 249:
                continue
            nearest = max(range(len(free)), key=lambda i: overlap(free[i], box))
            assert overlap(free.pop(nearest), box) > 0.7, name
            certain += 1
    assert certain >= 20


def test_what_is_held_of_a_long_narrow_photo_is_bounded():
    strip = np.full((300, 60_000, 3), 128, np.uint8)
    tracemalloc.start()
    try:
        assert FaceDetector(min_face_px=100)(strip) == []
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 500e6  # 1.3 GB without a bound on the area


@pytest.mark.real_data
def test_a_face_in_a_long_narrow_photo_is_where_it_is():
    face = np.asarray(
        Image.fromarray(read_image(lfw_folder() / "Judi_Dench" / "Judi_Dench_0001.jpg")).resize((500, 500))
    )
    strip = np.full((500, 20_000, 3), 128, np.uint8)
    strip[:, 12_000:12_500] = face
    (alone,), (found,) = FaceDetector()(face), FaceDetector()(strip)
    np.testing.assert_allclose(np.array(found.points) - [12_000, 0], alone.points, atol=8)


@pytest.mark.real_data
def test_a_large_photo_gives_the_same_face_at_its_own_scale():
    pixels = read_image(lfw_folder() / "Judi_Dench" / "Judi_Dench_0001.jpg")
    small, large = FaceDetector()(pixels), FaceDetector()(np.asarray(Image.fromarray(pixels).resize((1500, 1500))))
    assert len(small) == len(large) == 1
    np.testing.assert_allclose(np.array(large[0].points) / 6, small[0].points, atol=3)
