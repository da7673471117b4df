"""Mistakes end with code 2 and one line that says what was seen and what to do; nothing is written."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from bundles import CLASSES, noise_faces
from calls import Answer, Call
from PIL import Image

from facefit import DeviceProfile
from facefit.cli import main
from facefit.errors import at_least
from facefit.search import fastest_subnet


@pytest.fixture(scope="module")
def descriptor(bundle_folder: Path, profile_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported file with both outputs; not to be changed."""
    folder = tmp_path_factory.mktemp("exported")
    common = ["--bundle", str(bundle_folder)]
    assert main(["search", "--profile", str(profile_file), "--out", str(folder / "net.json"), *common]) == 0
    out = folder / "descriptor.tflite"
    assert main(["export", "--subnet", str(folder / "net.json"), "--out", str(out), "--outputs", "both", *common]) == 0
    return out


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """A folder per class with three images each."""
    images = noise_faces(9, 32, 3).images
    for i, image in enumerate(images):
        folder = tmp_path / "faces" / CLASSES[i // 3]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{i}.png")
    return tmp_path / "faces"


def test_wrong_paths(call: Call, descriptor: Path, bundle_folder: Path, profile_file: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    call("fit", "--bundle", gone).is_mistake("gone", "supernet.safetensors")
    call("fit", "--bundle", bundle_folder, "--out", tmp_path / "run", "--profile", gone).is_mistake("gone")
    call("fit", "--bundle", bundle_folder, "--out", tmp_path / "r2", "--calibrate", gone).is_mistake("gone")
    call("train", "--data", gone, "--out", tmp_path / "trained").is_mistake("gone")
    call("label", gone, "--data", gone).is_mistake("gone", "supernet.safetensors")
    call("compare", gone).is_mistake("gone", "labels.parquet")
    call("profile", "--bundle", gone, "--out", tmp_path / "p.json").is_mistake("gone")
    call("search", "--bundle", bundle_folder, "--profile", gone).is_mistake("gone")
    call("export", "--bundle", bundle_folder, "--subnet", gone, "--out", tmp_path / "d.tflite").is_mistake("gone")
    call("evaluate", gone, "--data", gone, "--protocol", "folder").is_mistake("gone", ".tflite")
    call("evaluate", descriptor, "--data", gone, "--protocol", "folder").is_mistake("gone")
    call("bench", gone).is_mistake("gone")
    assert not list(tmp_path.glob("*.json")) and not list(tmp_path.glob("*.tflite"))


def test_empty_folders(call: Call, descriptor: Path, bundle_folder: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    call("evaluate", descriptor, "--data", empty, "--protocol", "folder").is_mistake("empty")
    call("evaluate", descriptor, "--data", empty, "--protocol", "ferplus-majority").is_mistake("fer2013new.csv")
    call("train", "--data", empty, "--out", tmp_path / "trained").is_mistake("empty")
    call("fit", "--bundle", bundle_folder, "--out", tmp_path / "r", "--calibrate", empty).is_mistake(
        "empty", "no image"
    )
    call("fit", "--bundle", empty, "--out", tmp_path / "r").is_mistake("empty")


def test_words_that_are_no_limits_protocols_or_tasks(
    call: Call, bundle_folder: Path, profile_file: Path, descriptor: Path, faces: Path, tmp_path: Path
) -> None:
    arguments = ("--bundle", bundle_folder, "--profile", profile_file)
    for limit in ("fast", "0.6", "-3ms", "nanms", "0x"):
        call("search", *arguments, "--limit", limit).is_mistake(limit)
    call("fit", "--bundle", bundle_folder, "--out", tmp_path / "r", "--limit", "soon").is_mistake("soon")
    assert not (tmp_path / "r").exists()  # told before a minute of profiling, not after
    call("fit", "--task", "age", "--out", tmp_path / "r").is_mistake("age", "expression")
    call("evaluate", descriptor, "--data", faces, "--protocol", "lfw").is_mistake("lfw", "ferplus-majority")
    call("bench", descriptor, "--baseline", "VGG-16").is_mistake("VGG-16", "not among the files", "AlexNet")
    call("bench", descriptor, descriptor).is_mistake("twice")


def test_an_impossible_limit_names_the_fastest_subnet(
    call: Call, bundle_folder: Path, profile_file: Path, tmp_path: Path
) -> None:
    profile = DeviceProfile.load(profile_file)
    _, fastest_ms = fastest_subnet(profile.space, profile.latency(profile.space))
    for verb, more in (("search", ()), ("fit", ("--out", tmp_path / "run"))):
        answer = call(verb, "--bundle", bundle_folder, "--profile", profile_file, "--limit", "0.0001ms", *more)
        answer.is_mistake("the fastest subnet there is takes", f"{at_least(fastest_ms)} ms")
    assert not (tmp_path / "run" / "descriptor.tflite").exists()


def test_broken_images_are_left_out_and_counted(call: Call, descriptor: Path, faces: Path) -> None:
    whole = (faces / CLASSES[0] / "0.png").read_bytes()
    (faces / CLASSES[0] / "text.jpg").write_text("not a picture")
    (faces / CLASSES[0] / "half.png").write_bytes(whole[: len(whole) // 2])
    Image.new("RGB", (1, 1)).save(faces / CLASSES[0] / "dot.png")
    Image.new("1", (20_000, 20_000)).save(faces / CLASSES[0] / "huge.png")
    answer = call("evaluate", descriptor, "--data", faces, "--protocol", "folder", "--json")
    assert answer.code == 0, answer
    assert answer.json["n"] == 9 and answer.json["skipped"] == 4
    assert "4 images could not be read" in answer.err


def test_only_broken_images_are_a_mistake(call: Call, descriptor: Path, tmp_path: Path) -> None:
    for name in CLASSES:
        (tmp_path / "faces" / name).mkdir(parents=True)
        (tmp_path / "faces" / name / "a.jpg").write_text("not a picture")
    call("evaluate", descriptor, "--data", tmp_path / "faces", "--protocol", "folder").is_mistake("faces")


def test_damaged_files(
    call: Call, descriptor: Path, bundle_folder: Path, profile_file: Path, faces: Path, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)

    def damaged(source: Path, name: str) -> Path:
        content = np.frombuffer(source.read_bytes(), np.uint8).copy()
        content[rng.integers(len(content), size=20)] ^= 0xFF
        (tmp_path / name).write_bytes(content.tobytes())
        return tmp_path / name

    for i in range(5):
        model = damaged(descriptor, f"{i}.tflite")
        call("evaluate", model, "--data", faces, "--protocol", "folder").is_mistake(model.name)
    call("bench", damaged(descriptor, "b.tflite")).is_mistake("b.tflite")
    half = tmp_path / "half.tflite"
    half.write_bytes(descriptor.read_bytes()[:5000])
    call("bench", half).is_mistake("half.tflite")
    profile = damaged(profile_file, "profile.json")
    call("search", "--bundle", bundle_folder, "--profile", profile).is_mistake("profile.json")
    own = tmp_path / "own"
    shutil.copytree(bundle_folder, own)
    parts = ("supernet.safetensors", "statistics.safetensors", "comparator.json", "surrogate.json", "labels.parquet")
    for part in parts:
        whole = (own / part).read_bytes()
        half, flipped = whole[: len(whole) // 2], bytearray(whole)
        flipped[rng.integers(100, len(whole) - 100)] ^= 0x01
        # Of labels a flip may fall on the accuracy, which is there for other readers only.
        for content in (half,) if part == "labels.parquet" else (half, flipped):
            (own / part).write_bytes(content)
            fitting = ("fit", "--bundle", own, "--out", tmp_path / "r")
            call(*(("compare", own) if part == "labels.parquet" else fitting)).is_mistake(part)
        (own / part).write_bytes(whole)
    assert not (tmp_path / "r").exists()


def test_a_config_of_another_space(call: Call, bundle_folder: Path, tmp_path: Path) -> None:
    config = tmp_path / "net.json"
    for content in ("[]", "{", json.dumps({"ks": [3], "e": [3], "d": [2], "r": [32]}), json.dumps({"ks": "x"})):
        config.write_text(content)
        answer = call("export", "--bundle", bundle_folder, "--subnet", config, "--out", tmp_path / "d.tflite")
        answer.is_mistake("net.json")
    assert not (tmp_path / "d.tflite").exists()


def test_folders_where_files_should_go(call: Call, bundle_folder: Path, descriptor: Path, tmp_path: Path) -> None:
    config, folder = descriptor.with_name("net.json"), tmp_path / "folder"
    folder.mkdir()
    call("export", "--bundle", bundle_folder, "--subnet", config, "--out", folder).is_mistake("is a folder")
    call("profile", "--bundle", bundle_folder, "--out", folder).is_mistake("is a folder")
    assert list(tmp_path.iterdir()) == [folder] and not list(folder.iterdir())


def test_faces_of_other_classes(call: Call, bundle_folder: Path, faces: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(bundle_folder, own)
    (faces / CLASSES[0]).rename(faces / "zeal")
    for i in range(60):  # so that some are in the search split
        (faces / "zeal" / f"copy{i}.png").hardlink_to(faces / "zeal" / "0.png")
    call("label", own, "--data", faces, "--subnets", 2).is_mistake("zeal", CLASSES[0])
    for name in CLASSES[1:]:
        shutil.rmtree(faces / name)
    call("train", "--data", faces, "--out", tmp_path / "trained").is_mistake("classes")


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 100 kB, where this process may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(disk)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk(
    call: Call, bundle_folder: Path, profile_file: Path, descriptor: Path, tiny_disk: Path, tmp_path: Path
) -> None:
    config = descriptor.with_name("net.json")
    full = tiny_disk / "full"

    def refused(*arguments: object) -> None:
        full.write_bytes(b"")
        with full.open("wb") as ballast:
            ballast.write(b"x" * (92 * 1024))
        answer: Answer = call(*arguments)
        answer.is_mistake("space left")
        assert [path.name for path in tiny_disk.rglob("*") if path.is_file()] == ["full"]

    for ending in (".tflite", ".pt2"):
        refused("export", "--bundle", bundle_folder, "--subnet", config, "--out", tiny_disk / f"d{ending}")
    refused("profile", "--bundle", bundle_folder, "--rounds", 1, "--out", tiny_disk / "p.json")
    run = ("fit", "--bundle", bundle_folder, "--profile", profile_file, "--out", tiny_disk)
    call(*run).is_mistake("space left")
    assert not list(tiny_disk.glob("descriptor*")) and not list(tiny_disk.glob(".*"))


@pytest.mark.parametrize("verb", ["fit", "profile", "bench", "evaluate"])
def test_interrupted_verbs_leave_nothing_half_written(
    verb: str,
    start: Callable[..., subprocess.Popen[str]],
    bundle_folder: Path,
    descriptor: Path,
    faces: Path,
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    arguments: dict[str, tuple[object, ...]] = {
        "fit": ("--bundle", bundle_folder, "--out", out),
        "profile": ("--bundle", bundle_folder, "--out", out / "p.json", "--rounds", 1000),
        "bench": (descriptor, "--seconds", 1000),
        "evaluate": (descriptor, "--data", faces, "--protocol", "folder", "--figure", out / "figure.svg"),
    }
    for i in range(3000):  # so that evaluating takes a while
        (faces / CLASSES[0] / f"copy{i}.png").hardlink_to(faces / CLASSES[0] / "0.png")
    process = start(verb, *arguments[verb])
    assert process.stderr is not None
    while not (line := process.stderr.readline()).endswith("...\n"):  # the runtime may say hello first
        assert line, "ended before it began to work"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err.splitlines()[-1].startswith("facefit: interrupted") and "Traceback" not in err
    kept = {path.name for path in out.iterdir()}
    assert kept <= {"profile.json.partial", "p.json.partial"}, kept
