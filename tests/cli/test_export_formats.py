"""Which kind of file an export writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bundles import noise_faces
from calls import Call
from PIL import Image
from spaces import tiny_space

from facefit.graph.card import card_beside
from facefit.space import subnet_to_config


@pytest.fixture
def given(bundle_folder: Path, tmp_path: Path) -> tuple[object, ...]:
    """A subnet of the tiny bundle, as options."""
    config = tmp_path / "net.json"
    config.write_text(json.dumps(subnet_to_config(tiny_space(), tiny_space().largest)))
    return "--subnet", config, "--bundle", bundle_folder


@pytest.mark.parametrize(
    ("name", "options", "kind"),
    [
        ("face.tflite", (), "tflite"),
        ("face.tflite", ("--weights", "int8"), "tflite"),
        ("face.onnx", (), "onnx"),
        ("face.pt2", (), "pytorch"),
        ("face.bin", ("--format", "onnx"), "onnx"),
    ],
)
def test_the_ending_or_the_format_decides(
    call: Call, given: tuple[object, ...], tmp_path: Path, name: str, options: tuple[str, ...], kind: str
) -> None:
    if kind == "onnx":
        pytest.importorskip("onnxruntime", reason="the extra 'onnx' is not installed")
    facts = call("export", *given, "--out", tmp_path / name, "--outputs", "both", *options, "--json").json
    assert facts["format"] == kind and facts["size_bytes"] == (tmp_path / name).stat().st_size
    card = json.loads(card_beside(tmp_path / name).read_text())
    assert card["preprocessing"]["layout"] == ("NHWC" if kind == "tflite" else "NCHW")
    assert card["parity"]["max_abs"] == facts["parity_max_abs"]


def test_int8_static_takes_its_ranges_from_a_folder_of_faces(
    call: Call, given: tuple[object, ...], tmp_path: Path
) -> None:
    faces = tmp_path / "faces"
    faces.mkdir()
    for i, image in enumerate(noise_faces(40, 32, 0).images):
        Image.fromarray(image).save(faces / f"{i}.png")
    wanted = (*given, "--out", tmp_path / "face.tflite", "--weights", "int8-static")
    facts = call("export", *wanted, "--calibration", faces, "--json").json
    assert facts["delegate_partitions"] == 1
    card = json.loads((tmp_path / "face.card.json").read_text())
    assert card["weights"] == "int8-static" and card["calibration"]["faces"]["source"] == "images drawn from faces"

    call("export", *wanted).is_mistake("--calibration")
    call("export", *given, "--out", tmp_path / "b.tflite", "--calibration", faces).is_mistake("int8-static")
    for image in list(faces.iterdir())[:20]:
        image.unlink()
    call("export", *wanted, "--calibration", faces).is_mistake("20 images", "32")


def test_contradictions_leave_nothing(call: Call, given: tuple[object, ...], tmp_path: Path) -> None:
    call("export", *given, "--out", tmp_path / "face.onnx", "--weights", "int8").is_mistake("int8", ".tflite")
    call("export", *given, "--out", tmp_path / "face.pth", "--format", "pytorch").is_mistake(".pt2")
    call("export", *given, "--out", tmp_path / "face.x", "--format", "caffe").is_mistake("caffe", "onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["net.json"]
