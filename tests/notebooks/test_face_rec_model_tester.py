"""The notebook runs from top to bottom without a screen, and is kept without outputs."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from bundles import write_bundle
from foreign import mean_of_channels
from lfw_photos import lfw_folder
from made_up_lfw import write_lfw

from facefit.graph import export, random_network
from facefit.space import ofa_mbv3

nbformat = pytest.importorskip("nbformat", reason="the extra 'notebook' is not installed")
nbclient = pytest.importorskip("nbclient", reason="the extra 'notebook' is not installed")

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "face_rec_model_tester.ipynb"


def printed(monkeypatch: pytest.MonkeyPatch, folder: Path, **settings: object) -> str:
    """What the notebook prints on a made-up LFW; drawings as their names."""
    photos, detections = write_lfw(folder)
    settings = {"lfw": photos, "detections": detections, "people": 3} | settings
    for name, value in settings.items():
        monkeypatch.setenv(f"FACEFIT_{name.upper()}", str(value))
    source = Path(__file__).parents[2] / "src"
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(source), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    )
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "".join(output.get("text", "") + "".join(output.get("data", ())) for output in outputs)


def test_it_is_kept_without_outputs() -> None:
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None


@pytest.mark.slow
def test_it_judges_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space = ofa_mbv3(width=0.35, resolutions=(48,))
    export(random_network(space, space.smallest, np.random.default_rng(0)), tmp_path / "mine.tflite")
    text = printed(monkeypatch, tmp_path, file=tmp_path / "mine.tflite")
    assert "mine.tflite: 48 px" in text and "trained on: not known" in text
    assert "lfw-596, 3 people: " in text and "lfw-596-cropped, 3 people: " in text and "n = 9" in text
    for figure in ("accuracy", "median", "person mean"):
        assert len(re.findall(rf"^{figure} +[\d.]+ % \(95 % interval", text, re.MULTILINE)) == 2
    assert "cropped minus aligned" in text and "crop jitter  keeps" in text and text.count("image/png") == 2


@pytest.mark.slow
def test_it_judges_a_subnet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = write_bundle(tmp_path / "bundle", "identity")
    config = '{"ks": [3, 3, 3, 3, 3, 3], "e": [3, 3, 3, 3, 3, 3], "d": [1, 1], "r": [24]}'
    text = printed(monkeypatch, tmp_path, bundle=bundle, subnet=config, repeats=2, seed=7)
    assert "subnet.tflite: 24 px" in text and text.count("n = 9 photos, 6 probes in each of 2 repeats") == 2


@pytest.mark.slow
def test_it_judges_a_file_of_other_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose shape leaves layout and size open, so that it cannot be run unless they are taken over."""
    file = mean_of_channels(tmp_path / "theirs.onnx", (1, None, None, None), (2, 3))
    wishes = {"mean": "[0.5, 0.5, 0.5]", "std": "[0.25, 0.25, 0.25]", "colour": "bgr", "layout": "nchw", "size": 24}
    text = printed(monkeypatch, tmp_path, file=file, **wishes)
    assert "theirs.onnx: 24 px" in text and "trained on: not known" in text and "n = 9" in text


@pytest.mark.slow
@pytest.mark.real_data
def test_it_judges_the_bundled_network_on_real_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = lfw_folder()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    text = printed(monkeypatch, tmp_path, lfw=photos, detections=tmp_path / "real.json", people=12)
    assert "none of their names is judged on" in text and text.count("image/png") == 2
    shares = re.findall(r"lfw-596(?:-cropped)?, 12 people: .*\naccuracy +([\d.]+) %", text)
    assert len(shares) == 2 and all(float(share) > 60 for share in shares), text  # it has some 90; chance is 8
