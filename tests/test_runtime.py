"""Exported files in use, and damaged ones refused without a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from foreign import two_outputs
from PIL import Image

from facefit.errors import ArtifactError, FacefitError, InputError
from facefit.graph import (
    LoadedModel,
    StaticInt8,
    efficientnet_b0,
    emit_static_int8,
    emit_tflite,
    export,
    layer_graph,
    network_graph,
    random_network,
    reference_outputs,
)
from facefit.graph.graph import Graph
from facefit.graph.nodes import Add, Flatten, GlobalMean, Input
from facefit.graph.parity import random_images, unit_vectors
from facefit.runtime import Descriptor, ImageForm
from facefit.space import ofa_mbv3

SPACE = ofa_mbv3(width=0.35, resolutions=(48,))
NETWORK = random_network(SPACE, SPACE.smallest, np.random.default_rng(0), ("sad", "glad"))


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("export") / "face.tflite"
    export(NETWORK, path, ("descriptor", "probabilities"), weights="float32")
    return path


def faces(n: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, height, width, 3), np.uint8)


@pytest.mark.parametrize("size", [(48, 48), (97, 61), (20, 30), (1, 1)])
def test_descriptors_and_probabilities_are_those_of_the_network(exported, size):
    embed, photos = Descriptor(exported), faces(3, *size)
    small = np.stack([Image.fromarray(p).resize((48, 48), Image.Resampling.BILINEAR) for p in photos])
    wanted = reference_outputs(NETWORK, small.astype(np.float32))
    seen = embed(photos)
    assert seen.dtype == np.float32 and seen.shape == (3, SPACE.feature_width)
    np.testing.assert_allclose(np.linalg.norm(seen, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(seen, unit_vectors(wanted["descriptor"]), atol=1e-5)
    np.testing.assert_allclose(embed.probabilities(photos), wanted["probabilities"], atol=1e-5)


def test_faces_may_differ_in_size_and_may_be_none(exported):
    embed = Descriptor(exported, threads=2)
    photos = [faces(1, 50, 40)[0], faces(1, 80, 90, seed=1)[0]]
    both = embed(photos)
    np.testing.assert_array_equal(both[1], embed(photos[1][None])[0])
    assert np.abs(both[0] - both[1]).max() > 1e-3
    assert embed(np.empty((0, 48, 48, 3), np.uint8)).shape == (0, SPACE.feature_width)


def test_what_the_file_says_about_itself(exported):
    embed = Descriptor(str(exported))
    assert embed.input_size == 48 and embed.classes == ("sad", "glad")
    assert embed.card["preprocessing"]["colour"] == "RGB" and embed.card["parity"]["max_abs"] < 1e-4


@pytest.mark.parametrize(
    "wrong",
    [
        faces(1, 48, 48).astype(np.float32),
        faces(1, 48, 48)[0],
        faces(1, 48, 48)[..., :1],
        np.empty((1, 0, 5, 3), np.uint8),
    ],
)
def test_other_arrays_are_refused(exported, wrong):
    with pytest.raises(InputError, match="expected uint8 RGB"):
        Descriptor(exported)(wrong)


def test_an_output_that_is_not_there_is_named(tmp_path):
    export(NETWORK, tmp_path / "d.tflite", ("descriptor",))
    export(NETWORK, tmp_path / "p.tflite", ("probabilities",))
    photos = faces(1, 48, 48)
    with pytest.raises(InputError, match="gives no probabilities"):
        Descriptor(tmp_path / "d.tflite").probabilities(photos)
    assert Descriptor(tmp_path / "d.tflite").classes == ()
    for refuses in (Descriptor.check_describes, lambda embed: embed(photos)):
        with pytest.raises(InputError, match="gives probabilities"):
            refuses(Descriptor(tmp_path / "p.tflite"))
    assert Descriptor(tmp_path / "p.tflite").probabilities(photos).shape == (1, 2)


def test_a_plain_tflite_file_runs_too(tmp_path):
    path = tmp_path / "plain.tflite"
    path.write_bytes(emit_tflite(efficientnet_b0(48, np.random.default_rng(0))))
    embed = Descriptor(path)
    assert embed.card == {} and embed.classes == () and embed.input_size == 48
    assert embed(faces(2, 60, 60)).shape == (2, 1280)


@pytest.mark.parametrize(("pixels", "wanted"), [((0, 255), (1, 0, 0.5)), ((0, 1), (1, 0, 0.5)), ((-1, 1), (1, -1, 0))])
def test_a_plain_file_gets_pixels_in_the_range_it_takes(tmp_path, pixels, wanted):
    path, image = tmp_path / "plain.tflite", Input("image", (1, 8, 8, 3))
    path.write_bytes(emit_tflite(Graph(image, {"y": Flatten(GlobalMean(Add(image, image)))})))
    face = np.full((1, 8, 8, 3), (255, 0, 127.5), np.uint8)
    seen = Descriptor(path, pixels=pixels)(face)[0]
    np.testing.assert_allclose(seen, np.array(wanted) / np.linalg.norm(wanted), atol=4e-3)


def test_of_several_outputs_the_named_one_describes(tmp_path):
    path = two_outputs(tmp_path / "two.tflite")
    face = np.full((1, 8, 8, 3), (200, 100, 50), np.uint8)
    for refuses in (Descriptor.check_describes, lambda embed: embed(face)):
        with pytest.raises(InputError, match=r"mean.*square|square.*mean.*none of them .*--output"):
            refuses(Descriptor(path))
        with pytest.raises(InputError, match="not 'cube'; name one of these with --output"):
            refuses(Descriptor(path, form=ImageForm(output="cube")))
    for name, power in (("mean", 1), ("square", 2)):
        embed = Descriptor(path, form=ImageForm(output=name))
        embed.check_describes()
        wanted = np.array((200, 100, 50), float) ** power
        np.testing.assert_allclose(embed(face)[0], wanted / np.linalg.norm(wanted), atol=1e-5)


def test_answers_that_are_not_finite_are_refused(tmp_path):
    path, image = tmp_path / "sum.tflite", Input("image", (1, 8, 8, 3))
    for name, answer in (("y", Descriptor.__call__), ("probabilities", Descriptor.probabilities)):
        path.write_bytes(emit_tflite(Graph(image, {name: Flatten(GlobalMean(Add(image, image)))})))
        embed = Descriptor(path, pixels=(0, 3e38))  # twice that is beyond float32
        assert np.isfinite(answer(embed, np.zeros((1, 8, 8, 3), np.uint8))).all()
        with pytest.raises(ArtifactError, match=r"sum\.tflite: .* not finite"):
            answer(embed, np.full((1, 8, 8, 3), 250, np.uint8))


@pytest.mark.parametrize("form", [{"pixels": (0, np.nan)}, {"mean": (0.5, np.inf, 0.5)}, {"std": (1, 1, np.inf)}])
def test_what_a_file_takes_is_told_in_finite_numbers(form):
    with pytest.raises(InputError, match="expected finite numbers"):
        ImageForm(**form)


def whole_numbers_only(data: bytes, kind: str, scale: float) -> tuple[bytes, ImageForm]:
    """An int8 file of ours that begins with its first whole numbers and rounds its descriptor to steps of `scale`, and
    what it wants to see: ours shifts pixels before it rounds them."""
    model = schema.ModelT.InitFromPackedBuf(data)
    graph = model.subgraphs[0]
    add, quantise, *others = graph.operators
    first = deepcopy(graph.tensors[quantise.outputs[0]])
    last = deepcopy(first)
    last.shape, last.quantization.scale, last.quantization.zeroPoint = [1, SPACE.feature_width], [scale], [-3]
    if kind == "uint8":
        first.type, first.quantization.zeroPoint = schema.TensorType.UINT8, [first.quantization.zeroPoint[0] + 128]
    elif kind == "no scale":
        first.quantization = None
    made = len(graph.tensors)
    graph.tensors += [first, last]
    rounding = deepcopy(quantise)
    rounding.inputs, rounding.outputs, quantise.inputs = list(graph.outputs), [made + 1], [made]
    graph.operators, graph.inputs, graph.outputs = [quantise, *others, rounding], [made], [made + 1]
    model.signatureDefs = None
    builder = flatbuffers.Builder(len(data))
    builder.Finish(model.Pack(builder), b"TFL3")
    shift = np.frombuffer(model.buffers[graph.tensors[add.inputs[1]].buffer].data.tobytes(), np.float32)
    red, green, blue = (-shift / 255).tolist()
    return bytes(builder.Output()), ImageForm(mean=(red, green, blue), std=(1 / 255,) * 3)


@pytest.mark.parametrize("kind", ["int8", "uint8"])
def test_whole_numbers_are_met_as_what_they_stand_for(tmp_path, kind, monkeypatch):
    """A file that takes and gives them describes faces as one does that takes and gives floats."""
    monkeypatch.setattr("facefit.runtime.files._try_apart", lambda *_: None)  # made here, so trusted
    images = StaticInt8(random_images(48, 32, np.random.default_rng(1)), "random images")
    data, photos = emit_static_int8(network_graph(NETWORK), images), faces(3, 48, 48)
    (tmp_path / "floats.tflite").write_bytes(data)
    wanted = Descriptor(tmp_path / "floats.tflite")(photos)
    largest = np.abs(LoadedModel(data).run(image=photos[:1].astype(np.float32))["descriptor"]).max()
    cut, form = whole_numbers_only(data, kind, float(largest / 90))
    (tmp_path / "whole.tflite").write_bytes(cut)
    seen = Descriptor(tmp_path / "whole.tflite", form=form)(photos)
    assert ((seen * wanted).sum(axis=1) > 0.999).all() and len(np.unique(seen[0])) <= 256 < seen.shape[1]
    (tmp_path / "whole.tflite").write_bytes(whole_numbers_only(data, "no scale", 1.0)[0])
    with pytest.raises(ArtifactError, match="int8 without a scale"):
        Descriptor(tmp_path / "whole.tflite", form=form)


def test_our_own_files_say_themselves_what_they_take(exported):
    for form in (ImageForm(pixels=(0, 1)), ImageForm(output="probabilities")):
        with pytest.raises(InputError, match="according to its card"):
            Descriptor(exported, form=form)


def test_files_that_take_something_else_are_refused(tmp_path):
    path = tmp_path / "block.tflite"
    path.write_bytes(emit_tflite(layer_graph(SPACE.layers(SPACE.smallest)[2])))
    with pytest.raises(ArtifactError, match="expected one float32 image"):
        Descriptor(path)


@pytest.mark.parametrize(
    "content", [b"", b"TFL3", b"hello world, this is no model\n" * 50, bytes(1000), b"\x1c\0\0\0TFL3" + bytes(500)]
)
def test_files_that_are_no_model_are_refused(tmp_path, content):
    path = tmp_path / "face.tflite"
    path.write_bytes(content)
    with pytest.raises(ArtifactError) as caught:
        Descriptor(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_no_file_is_the_users_mistake(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        Descriptor(tmp_path / "none.tflite")
    with pytest.raises(InputError, match="cannot be read"):
        Descriptor(tmp_path)


def damages(data: bytes, rng: np.random.Generator, n: int) -> list[bytes]:
    """Bits flipped anywhere, near both ends (tables and seal), runs overwritten, ends cut off, and tails appended."""
    variants = []
    for i in range(n):
        damaged = bytearray(data)
        near = int(rng.integers(1, min(3000, len(data))))
        at = [int(rng.integers(len(data))), near, len(data) - near, len(data) - 1 - i % 48][i % 4]
        damaged[at] ^= 1 << int(rng.integers(8))
        if i % 5 == 0:
            start = int(rng.integers(len(data)))
            damaged[start : start + 64] = rng.bytes(len(damaged[start : start + 64]))
        cut = int(rng.integers(len(data))) if i % 7 == 0 else len(data)
        variants.append(bytes(damaged[:cut]) + (b"more" if i % 11 == 0 else b""))
    return [variant for variant in variants if variant != data]


def test_no_damage_to_our_files_goes_unnoticed(exported, tmp_path):
    path = tmp_path / "damaged.tflite"
    for damaged in damages(exported.read_bytes(), np.random.default_rng(0), 150):
        path.write_bytes(damaged)
        with pytest.raises(ArtifactError):
            Descriptor(path)


def test_a_broken_seal_on_whole_content_is_noticed(exported, tmp_path):
    data, path = exported.read_bytes(), tmp_path / "damaged.tflite"
    for end in (1, 20, 32, 33, 40, 41):
        path.write_bytes(data[:-end])
        with pytest.raises(ArtifactError, match="damaged"):
            Descriptor(path)


FOREIGN = """
import sys
from pathlib import Path
import numpy as np
from facefit.errors import FacefitError
from facefit.runtime import Descriptor
for path in sys.argv[1:]:
    try:
        Descriptor(path)(np.zeros((1, 8, 8, 3), np.uint8))
        print("ran")
    except FacefitError as error:
        print("refused")
"""


def test_damage_to_foreign_files_never_takes_the_process_down(tmp_path):
    image = Input("image", (1, 8, 8, 3))
    data = emit_tflite(Graph(image, {"descriptor": Flatten(GlobalMean(Add(image, image)))}))
    rng, paths = np.random.default_rng(0), []
    for i, damaged in enumerate(damages(data, rng, 24)):
        paths.append(tmp_path / f"{i}.tflite")
        paths[-1].write_bytes(damaged)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", FOREIGN, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    answers = done.stdout.split()
    assert len(answers) == len(paths) and "refused" in answers


def test_a_crash_of_the_runtime_is_an_error_here(tmp_path, monkeypatch):
    path = tmp_path / "plain.tflite"
    path.write_bytes(emit_tflite(layer_graph(SPACE.opening_layers(48)[0])))
    assert Descriptor(path)(faces(1, 48, 48)).shape[0] == 1
    monkeypatch.setattr("facefit.runtime.files._TRIAL", "import os; os.abort()")
    with pytest.raises(FacefitError, match="signal 6"):
        Descriptor(path)
