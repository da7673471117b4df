"""Descriptors in other forms than ours: `.onnx`, channels first, BGR, other ranges of numbers, any size."""

from __future__ import annotations

import numpy as np
import pytest
from foreign import mean_of_channels
from PIL import Image

from facefit.errors import ArtifactError, InputError
from facefit.graph import emit_tflite, export, export_onnx, random_network
from facefit.graph.graph import Graph
from facefit.graph.nodes import Add, Flatten, GlobalMean, Input
from facefit.runtime import Descriptor, ImageForm
from facefit.space import ofa_mbv3

onnx = pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")
pytest.importorskip("onnxruntime", reason="the extra 'onnx' is not installed")

SPACE = ofa_mbv3(width=0.35, resolutions=(48,))
NETWORK = random_network(SPACE, SPACE.smallest, np.random.default_rng(0), ("sad", "glad"))
COLOUR = (200, 100, 50)
FACE = np.full((1, 9, 9, 3), COLOUR, np.uint8)


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saves the seconds in which a process of its own tries a file that these tests have just made."""
    monkeypatch.setattr("facefit.runtime.files._try_apart", lambda *_: None)


def unit(values: object) -> np.ndarray:
    array = np.asarray(values, np.float64)
    return array / np.linalg.norm(array)


def test_our_onnx_file_answers_like_our_tflite_file(tmp_path):
    export(NETWORK, tmp_path / "a.tflite", ("descriptor", "probabilities"), weights="float32")
    export_onnx(NETWORK, tmp_path / "a.onnx", ("descriptor", "probabilities"))
    one, two = Descriptor(tmp_path / "a.tflite"), Descriptor(tmp_path / "a.onnx", threads=2)
    faces = np.random.default_rng(0).integers(0, 256, (3, 61, 57, 3), np.uint8)
    np.testing.assert_allclose(one(faces), two(faces), atol=1e-5)
    np.testing.assert_allclose(one.probabilities(faces), two.probabilities(faces), atol=1e-5)
    assert one.input_size == two.input_size == 48 and one.classes == two.classes == ("sad", "glad")
    assert two.card["preprocessing"]["layout"] == "NCHW" and two(faces[:0]).shape == (0, SPACE.feature_width)
    with pytest.raises(InputError, match="according to its card"):
        Descriptor(tmp_path / "a.onnx", form=ImageForm(colour="bgr"))


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        (ImageForm(), COLOUR),
        (ImageForm(pixels=(-1, 1)), np.array(COLOUR) / 127.5 - 1),
        (ImageForm(colour="bgr"), COLOUR[::-1]),
        (ImageForm(mean=(0.5, 0.25, 0), std=(0.5, 1, 2)), (np.array(COLOUR) / 255 - (0.5, 0.25, 0)) / (0.5, 1, 2)),
        (ImageForm(std=(1, 2, 4), colour="bgr"), (COLOUR[2] / 4, COLOUR[1] / 2, COLOUR[0])),
        (ImageForm(mean=(1, 0, 0)), np.array(COLOUR) / 255 - (1, 0, 0)),
    ],
)
@pytest.mark.parametrize(("shape", "axes"), [((1, 3, 8, 8), (2, 3)), (("n", 8, 8, 3), (1, 2))])
def test_a_foreign_file_sees_what_it_wants(tmp_path, form, wanted, shape, axes, trusted):
    path = mean_of_channels(tmp_path / "mean.onnx", shape, axes)
    np.testing.assert_allclose(Descriptor(path, form=form)(FACE)[0], unit(wanted), atol=1e-5)


def test_sides_and_layouts_are_not_mixed_up(tmp_path, trusted):
    """Rows of the image are rows of what the file sees."""
    photo = np.zeros((8, 8, 3), np.uint8)
    photo[:2] = COLOUR
    helper, number = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [helper.make_node("ReduceMean", ["x"], ["rows"], axes=[1, 3], keepdims=0)]
    given, made = (helper.make_tensor_value_info(n, number, s) for n, s in (("x", (1, 3, 8, 8)), ("rows", (1, 8))))
    model = helper.make_model(helper.make_graph(nodes, "rows", [given], [made]), ir_version=8,
                              opset_imports=[helper.make_opsetid("", 17)])  # fmt: skip
    (tmp_path / "rows.onnx").write_bytes(model.SerializeToString())
    np.testing.assert_allclose(Descriptor(tmp_path / "rows.onnx")(photo[None])[0], unit([1, 1] + [0] * 6), atol=1e-6)


def test_any_size_and_layout_have_to_be_said(tmp_path, trusted):
    free = mean_of_channels(tmp_path / "free.onnx", ("n", "c", "h", "w"), (2, 3))
    with pytest.raises(InputError, match="--layout"):
        Descriptor(free, form=ImageForm(size=12))
    with pytest.raises(InputError, match="--size"):
        Descriptor(free, form=ImageForm(layout="nchw"))
    embed = Descriptor(free, form=ImageForm(layout="nchw", size=12))
    assert embed.input_size == 12
    np.testing.assert_allclose(embed(FACE)[0], unit(COLOUR), atol=1e-5)
    three = mean_of_channels(tmp_path / "three.onnx", (1, 3, 3, 3), (1, 2))
    with pytest.raises(InputError, match="nchw or nhwc"):
        Descriptor(three)
    np.testing.assert_allclose(Descriptor(three, form=ImageForm(layout="nhwc"))(FACE)[0], unit(COLOUR), atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "form", "error", "said"),
    [
        ((1, 3, 8, 8), ImageForm(layout="nhwc"), InputError, "is nchw, not nhwc"),
        ((1, 3, 8, 8), ImageForm(size=9), InputError, "images of 8 px, not 9"),
        ((1, 3, 8, 9), ImageForm(), ArtifactError, "square"),
        ((2, 3, 8, 8), ImageForm(), ArtifactError, "square"),
        ((1, 4, 8, 8), ImageForm(), ArtifactError, "square"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path, shape, form, error, said, trusted):
    path = mean_of_channels(tmp_path / "mean.onnx", shape, (2, 3))
    with pytest.raises(error, match=said):
        Descriptor(path, form=form)


def test_forms_that_contradict_themselves_are_refused():
    with pytest.raises(InputError, match="expected one of them"):
        ImageForm(pixels=(-1, 1), mean=(0.5, 0.5, 0.5))
    with pytest.raises(InputError, match="positive"):
        ImageForm(std=(0.5, 0, 0.5))


def test_a_tflite_file_with_bgr_and_a_mean(tmp_path, trusted):
    image = Input("image", (1, 8, 8, 3))
    path = tmp_path / "plain.tflite"
    path.write_bytes(emit_tflite(Graph(image, {"y": Flatten(GlobalMean(Add(image, image)))})))
    form = ImageForm(mean=(0.5, 0, 0), colour="bgr")
    wanted = np.array([COLOUR[2], COLOUR[1], COLOUR[0] - 127.5])
    np.testing.assert_allclose(Descriptor(path, form=form)(FACE)[0], unit(wanted), atol=1e-5)


@pytest.mark.parametrize("content", [b"", b"hello world, this is no model\n" * 50, bytes(1000)])
def test_files_that_are_no_model_are_refused_in_one_line(tmp_path, content):
    path = tmp_path / "face.onnx"
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"face\.onnx") as caught:
        Descriptor(path)
    assert "\n" not in str(caught.value) and "Error: " not in str(caught.value)
    with pytest.raises(InputError, match="no such file"):
        Descriptor(tmp_path / "none.onnx")


def test_damage_to_onnx_files_is_an_error_or_another_number_but_no_crash(tmp_path):
    data = mean_of_channels(tmp_path / "mean.onnx", (1, 3, 8, 8), (2, 3)).read_bytes()
    rng = np.random.default_rng(0)
    for i in range(5):
        damaged = bytearray(data)
        damaged[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
        path = tmp_path / f"{i}.onnx"
        path.write_bytes(damaged)
        try:
            assert Descriptor(path)(FACE).ndim == 2
        except (ArtifactError, InputError) as error:
            assert "\n" not in str(error)


def test_faces_are_resized_in_one_way_for_all_formats(tmp_path, trusted):
    path = mean_of_channels(tmp_path / "mean.onnx", (1, 3, 8, 8), (1, 2))
    photo = np.random.default_rng(0).integers(0, 256, (1, 30, 20, 3), np.uint8)
    small = np.asarray(Image.fromarray(photo[0]).resize((8, 8), Image.Resampling.BILINEAR), np.float64)
    np.testing.assert_allclose(Descriptor(path)(photo)[0], unit(small.transpose(2, 0, 1).mean((0, 1))), atol=1e-5)
