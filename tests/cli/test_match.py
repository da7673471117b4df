"""`facefit match` from photos to answers."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from calls import Call
from foreign import mean_of_channels, two_outputs
from lfw_photos import lfw_folder
from PIL import Image

from facefit.bundle import Bundle
from facefit.faces.detected import DetectedFace
from facefit.graph import add_to_card, emit_tflite, export, random_network
from facefit.graph.graph import Graph
from facefit.graph.nodes import Add, Flatten, GlobalMean, Input
from facefit.space import ofa_mbv3


@pytest.fixture
def wall(tmp_path: Path) -> Path:
    """A photo without a face."""
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)).save(tmp_path / "wall.png")
    return tmp_path / "wall.png"


def test_no_face_found_is_an_answer_of_its_own(call: Call, descriptor: Path, wall: Path, tmp_path: Path) -> None:
    common = (wall, wall, "--descriptor", descriptor, "--threshold", "-1", "-o", tmp_path / "out.png")
    answer = call("match", *common)
    assert answer.code == 0 and "no face found" in answer.out and "match:" not in answer.out
    facts = call("match", *common, "--json").json
    assert facts["answer"] == "no face found" and facts["without_face"] == [str(wall), str(wall)]
    assert facts["matches"] == [] and facts["faces"] == [[], []] and facts["greatest_similarity"] is None
    assert Image.open(tmp_path / "out.png").height == 720


def test_mistakes_are_told_before_anything_is_written(call: Call, descriptor: Path, wall: Path, tmp_path: Path) -> None:
    known = ("--descriptor", descriptor)
    call("match", wall, wall, *known).is_mistake("--threshold", "people-pairs")
    call("match", wall, wall, *known, "--out", tmp_path / "out.txt").is_mistake("out.txt", ".png")
    call("match", wall, tmp_path / "gone.jpg", *known, "--threshold", "0.5").is_mistake("gone.jpg")
    call("match", wall, wall, "--threshold", "0.5", "--descriptor", tmp_path / "gone.tflite").is_mistake("gone.tflite")
    call("match", wall, wall, *known, "--threshold", "2").is_mistake("threshold")
    for form in ((), ("--json",)):
        call("match", wall, wall, *known, "--threshold", "nan", *form).is_mistake(
            "--threshold is nan; expected a cosine from -1 to 1"
        )
    call("match", wall, *known).is_mistake()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["wall.png"]


def test_the_picture_replaces_nothing_that_is_compared(
    call: Call, descriptor: Path, wall: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facefit.cli.match.read_image", lambda _: pytest.fail("this is told before any work"))
    monkeypatch.chdir(tmp_path)
    own, other = tmp_path / "own.tflite", tmp_path / "other.png"
    own.write_bytes(descriptor.read_bytes())
    other.write_bytes(wall.read_bytes())
    (tmp_path / "sub").mkdir()
    for name, leads_to in (("photo.png", wall), ("own.png", own)):
        (tmp_path / name).symlink_to(leads_to)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    for out in ("wall.png", wall, "other.png", "sub/../wall.png", "photo.png", "own.png"):
        call("match", wall, other, "--descriptor", own, "-o", out).is_mistake(str(out), "--out", "another file")
    call("match", wall, other, "--descriptor", own, "-o", "own.png").is_mistake("is the descriptor", "own.tflite")
    call("match", "photo.png", other, "-o", wall).is_mistake("wall.png", "photo.png")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_a_picture_is_written_over_the_last_one_and_in_a_new_folder(
    call: Call, descriptor: Path, wall: Path, tmp_path: Path
) -> None:
    common = ("match", wall, wall, "--descriptor", descriptor, "--threshold", 0.5, "-o")
    for out in (tmp_path / "new" / "out.png",) * 2:
        assert call(*common, out).code == 0 and Image.open(out).format == "PNG"
    call(*common, wall / "out.png").is_mistake("wall.png")


@pytest.fixture
def painted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A red photo and a blue one, each of which is taken for a face."""
    face = DetectedFace((8, 8, 24, 24), ((12, 12), (20, 12), (16, 16), (12, 20), (20, 20)), 0.99)
    monkeypatch.setattr("facefit.cli.match.FaceDetector", lambda *_: lambda photo: [face])
    photos = []
    for name, colour in (("red", (200, 0, 0)), ("blue", (0, 0, 200))):
        photos.append(tmp_path / f"{name}.png")
        Image.fromarray(np.full((32, 32, 3), colour, np.uint8)).save(photos[-1])
    return photos


@pytest.fixture
def doubled_colour(tmp_path: Path) -> Path:
    """A foreign file whose descriptor is twice the mean colour."""
    file, image = tmp_path / "colour.tflite", Input("image", (1, 8, 8, 3))
    file.write_bytes(emit_tflite(Graph(image, {"y": Flatten(GlobalMean(Add(image, image)))})))
    return file


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_answers_that_are_not_finite_are_no_similarities(
    call: Call, painted: list[Path], doubled_colour: Path, form: tuple[str, ...]
) -> None:
    common = ("match", *painted, "--descriptor", doubled_colour, "--view", "cropped", "--threshold", 0.5, *form)
    assert call(*common).code == 0
    call(*common, "--pixels", 0, 3e38).is_mistake("colour.tflite", "not finite", "--pixels")


RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)


def test_each_face_is_compared_with_each_of_the_other_photo(
    call: Call, doubled_colour: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Photos of fields side by side, each field a face."""

    def fields(photo: np.ndarray) -> list[DetectedFace]:
        return [DetectedFace((x, 0, x + 32, 32), ((x + 16, 16),) * 5, 0.99) for x in range(0, photo.shape[1], 32)]

    def painting(name: str, *colours: tuple[int, int, int]) -> Path:
        pixels = np.repeat(np.array([colours], np.uint8), 32, axis=1).repeat(32, axis=0)
        Image.fromarray(pixels).save(tmp_path / name)
        return tmp_path / name

    monkeypatch.setattr("facefit.cli.match.FaceDetector", lambda *_: fields)
    two, three = painting("two.png", RED, BLUE), painting("three.png", BLUE, GREEN, (190, 30, 30))
    common = ("--descriptor", doubled_colour, "--view", "cropped", "--threshold", 0.9)
    answer = call("match", two, three, *common, "-o", tmp_path / "out.png", "--json").json
    assert [len(faces) for faces in answer["faces"]] == [2, 3]
    assert [(m["a"], m["b"]) for m in answer["matches"]] == [(1, 0), (0, 2)]  # the most similar first
    assert answer["matches"][0]["similarity"] == pytest.approx(1) == answer["greatest_similarity"]
    told = call("match", two, three, *common).out
    assert "match: face 2 and face 1," in told and "match: face 1 and face 3," in told
    nobody = call("match", painting("red.png", RED, RED), painting("others.png", GREEN, BLUE), *common, "--json").json
    assert nobody["answer"] == "no match" and nobody["matches"] == []


def test_a_file_of_other_people_sees_what_it_wants(call: Call, painted: list[Path], tmp_path: Path) -> None:
    """Its descriptor is the mean colour, and the cosine tells which numbers it was shown."""
    file = mean_of_channels(tmp_path / "mean.onnx", ("n", "c", "h", "w"), (2, 3))
    any_size = ("match", *painted, "--descriptor", file, "--view", "cropped", "--json", "--threshold", "-0.5")
    call(*any_size).is_mistake("--layout")
    call(*any_size, "--layout", "nchw").is_mistake("--size")
    common = (*any_size, "--layout", "nchw", "--size", 12)

    def similarity(*form: object) -> float:
        answer = call(*common, *form)
        assert answer.code == 0 and answer.json["threshold_source"] == "given", answer
        return answer.json["greatest_similarity"]

    def cosine(a: tuple[float, ...], b: tuple[float, ...]) -> float:
        return float(np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b))

    bright = 200 / 255
    assert similarity() == pytest.approx(0, abs=1e-6)
    assert similarity("--pixels", -1, 1) == pytest.approx(
        cosine((2 * bright - 1, -1, -1), (-1, -1, 2 * bright - 1)), abs=1e-5
    )
    assert similarity("--mean", 0.5, 0.5, 0, "--std", 1, 1, 0.5, "--colour", "bgr") == pytest.approx(
        cosine((bright - 0.5, -0.5, 0), (-0.5, -0.5, 2 * bright)), abs=1e-5
    )


def test_a_file_of_other_people_needs_a_threshold(call: Call, painted: list[Path], tmp_path: Path) -> None:
    file = mean_of_channels(tmp_path / "mean.onnx", (1, 3, 8, 8), (2, 3))
    common = ("match", *painted, "--descriptor", file)
    call(*common).is_mistake("no card", "--threshold", "lfw-pairs")
    call(*common, "--threshold", 0.5, "--pixels", -1, 1, "--std", 1, 1, 1).is_mistake("expected one of them")


def test_a_rate_beside_a_threshold_is_a_mistake(call: Call, descriptor: Path, painted: list[Path]) -> None:
    answer = call("match", *painted, "--descriptor", descriptor, "--far", "0.01", "--threshold", "0.5")
    assert answer.code == 2 and "--far 0.01" in answer.err and "leave one out" in answer.err


def test_of_several_outputs_the_named_one_compares(call: Call, painted: list[Path], tmp_path: Path) -> None:
    file = two_outputs(tmp_path / "two.tflite")
    common = ("match", *painted, "--descriptor", file, "--threshold", 0.5, "--view", "cropped")
    call(*common).is_mistake("two.tflite", "mean", "square", "--output")
    for output in ("mean", "square"):
        assert call(*common, "--output", output, "--json").json["answer"] == "no match"


def test_a_file_that_reads_expressions_compares_nobody(call: Call, painted: list[Path], tmp_path: Path) -> None:
    space = ofa_mbv3(width=0.35, resolutions=(48,))
    file = tmp_path / "reads.tflite"
    network = random_network(space, space.smallest, np.random.default_rng(0), ("joy", "fear"))
    export(network, file, ("descriptor", "probabilities"))
    for threshold in ((), ("--threshold", 0.5)):
        call("match", *painted, "--descriptor", file, *threshold).is_mistake("joy, fear", "facefit fit --task identity")


def test_the_card_says_which_share_of_true_pairs_its_threshold_refuses(
    call: Call, descriptor: Path, painted: list[Path], tmp_path: Path
) -> None:
    own = tmp_path / "own.tflite"
    own.write_bytes(descriptor.read_bytes())
    entry = {"view": "cropped", "thresholds": {"0.001": 1.0, "0.01": 1.0}, "tar": {"0.001": 0.25}}
    add_to_card(own, {"identification": entry})
    common = ("match", *painted, "--descriptor", own)
    assert "no match" in call(*common).out and "75 % of pairs of one person" in call(*common).out
    assert call(*common, "--json").json["true_pairs_refused"] == 0.75
    add_to_card(own, {"identification": entry | {"tar": {"0.001": 0.621832}}})
    assert call(*common, "--json").json["true_pairs_refused"] == 0.378168
    add_to_card(own, {"identification": entry})
    for unknown in (("--far", "0.01"), ("--threshold", 1)):
        answer = call(*common, *unknown)
        assert "no match" in answer.out and "of pairs" not in answer.out
        assert call(*common, *unknown, "--json").json["true_pairs_refused"] is None


def test_each_view_has_thresholds_of_its_own(call: Call, descriptor: Path, painted: list[Path], tmp_path: Path) -> None:
    own = tmp_path / "own.tflite"
    own.write_bytes(descriptor.read_bytes())
    cropped = {"thresholds": {"0.001": 0.9}, "tar": {"0.001": 0.5}}
    entry = {"view": "aligned", "thresholds": {"0.001": 0.8, "0.01": 0.7}, "other_views": {"cropped": cropped}}
    add_to_card(own, {"identification": entry})
    common = ("match", *painted, "--descriptor", own, "--json")
    for options, view, threshold in (((), "aligned", 0.8), (("--view", "cropped"), "cropped", 0.9)):
        answer = call(*common, *options).json
        assert (answer["view"], answer["threshold"], answer["threshold_source"]) == (view, threshold, "card, FAR 0.001")
    assert call(*common, "--view", "cropped").json["true_pairs_refused"] == 0.5
    assert call(*common, "--far", "0.01").json["threshold"] == 0.7
    call(*common, "--view", "cropped", "--far", "0.01").is_mistake("FAR 0.01, but one at 0.001 (--far)")


def test_a_file_of_ours_is_not_told_what_it_wants(call: Call, descriptor: Path, painted: list[Path]) -> None:
    common = ("match", *painted, "--descriptor", descriptor, "--threshold", 0.5)
    call(*common, "--mean", 0.5, 0.5, 0.5).is_mistake("according to its card")
    assert call(*common, "--view", "cropped").code == 0


@pytest.mark.real_data
def test_a_face_matches_itself_by_the_threshold_of_the_card(call: Call, descriptor: Path, tmp_path: Path) -> None:
    folder = Path(os.environ.get("FACEFIT_DATA", "none")) / "lfw"
    if not folder.is_dir():
        pytest.skip("FACEFIT_DATA names no folder with lfw/ in it: no photos of faces here")
    own = tmp_path / "face.tflite"
    own.write_bytes(descriptor.read_bytes())
    add_to_card(own, {"identification": {"view": "cropped", "thresholds": {"0.001": 0.9999}}})
    one, other = (folder / name / f"{name}_0001.jpg" for name in ("Judi_Dench", "Scott_Hoch"))
    same = call("match", one, one, "--descriptor", own, "-o", tmp_path / "out.png", "--json").json
    assert same["answer"] == "match" and same["view"] == "cropped" and same["threshold_source"] == "card, FAR 0.001"
    assert [(m["a"], m["b"]) for m in same["matches"]] == [(0, 0)]
    different = call("match", one, other, "--descriptor", own, "--json").json
    assert different["answer"] == "no match" and different["greatest_similarity"] < 0.9999


@pytest.mark.real_data
def test_the_bundled_network_knows_people_again_whom_it_never_met(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone, and on photos with somebody else, by the threshold of its card."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder, seen = lfw_folder(), Bundle.load(task="identity").metadata.seen_people
    annan, gul = (
        [folder / name / f"{name}_000{i}.jpg" for i in numbers]
        for name, numbers in (("Kofi_Annan", (1, 2)), ("Abdullah_Gul", (2, 4)))
    )
    for met in (seen.trained, seen.searched):
        assert met and "Kofi_Annan" not in met and "Abdullah_Gul" not in met
    alone = call("match", *annan, "--json").json
    assert alone["answer"] == "match" and alone["threshold_source"] == "card, FAR 0.001"
    assert call("match", annan[0], gul[0], "--json").json["answer"] == "no match"
    together = [beside(tmp_path / "a.png", annan[0], gul[0]), beside(tmp_path / "b.png", gul[1], annan[1])]
    answer = call("match", *together, "--json").json
    left = [[face["box"][0] < 125 for face in faces] for faces in answer["faces"]]
    assert [sorted(sides) for sides in left] == [[False, True]] * 2
    assert len(answer["matches"]) == 2
    assert all(left[0][pair["a"]] != left[1][pair["b"]] for pair in answer["matches"])


def beside(out: Path, *photos: Path) -> Path:
    """Photos of one height in one."""
    Image.fromarray(np.concatenate([np.asarray(Image.open(photo)) for photo in photos], axis=1)).save(out)
    return out


def test_without_a_descriptor_the_bundled_network_compares_by_its_own_threshold(
    call: Call, painted: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    same = call("match", painted[0], painted[0], "--json").json
    assert same["answer"] == "match" and same["threshold_source"] == "card, FAR 0.001"
    parts = Bundle.load(task="identity")
    told = parts.identification(parts.space.largest)
    assert told is not None
    assert same["threshold"] == pytest.approx(told["thresholds"]["0.001"])
    kept = Path(same["descriptor"])
    made = kept.stat().st_mtime_ns
    assert call("match", *painted, "--json").json["descriptor"] == str(kept)
    assert kept.stat().st_mtime_ns == made
    (tmp_path / "cache").rename(tmp_path / "old")
    (tmp_path / "cache").write_text("no folder")
    call("match", *painted).is_mistake("cache")
