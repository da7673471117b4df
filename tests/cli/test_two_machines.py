"""Several processes of one run, of one machine or of two that meet at an address: they train what one does, and only
the first one talks."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from calls import Call
from lessons import BRIEFLY, noise_folders, write_recipe
from numpy.typing import NDArray

from facefit import Bundle
from facefit.cli.faces import read_parts
from facefit.faces.streamed import StreamedFaces
from facefit.supernet.loading import untrained
from facefit.training.order import Order
from facefit.training.recipe import load_recipe

FACEFIT = ("-m", "facefit")
WITHOUT_AVERAGING = """
from facefit.cli import main
from facefit.training.engine import Engine
Engine.average_gradients = lambda engine, parameters: None
raise SystemExit(main())
"""
ALIKE = 0.15
"""So far apart two trainings may end that differ in the order of sums alone, as a share of their way."""


def free_port() -> int:
    """Below those that systems hand out by themselves, so that nobody else gets it in between."""
    for port in random.Random(os.getpid()).sample(range(20_000, 30_000), 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AssertionError("no free port")


def start(*arguments: object, program: Sequence[str] = FACEFIT, **environment: object) -> subprocess.Popen[str]:
    told = {name: str(value) for name, value in environment.items()}
    quiet = {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    command = [sys.executable, *program, *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | quiet | told
    )


def ends(*processes: subprocess.Popen[str]) -> list[tuple[str, str]]:
    """What each said, once all have ended."""
    try:
        return [process.communicate(timeout=300) for process in processes]
    finally:
        for process in processes:
            process.kill()


def start_two_machines(*arguments: object, program: Sequence[str] = FACEFIT) -> list[subprocess.Popen[str]]:
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port()}
    return [start(*arguments, "--num-nodes", 2, program=program, **address, NODE_RANK=rank) for rank in range(2)]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recipe(tmp_path_factory.mktemp("recipe") / "small.yaml", epochs=2, random=1)


@pytest.fixture(scope="module")
def arguments(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    photos = noise_folders(tmp_path_factory.mktemp("photos"), photos=30)
    return "train", "--data", photos, "--recipe", recipe, *BRIEFLY, "--json"


@pytest.fixture(scope="module")
def alone(arguments: tuple[object, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of one process."""
    out = tmp_path_factory.mktemp("alone")
    process = start(*arguments, "--out", out)
    said = ends(process)
    assert process.returncode == 0, said
    return out


def losses(run: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (run / "metrics.jsonl").read_text().splitlines()]


def apart(one: Path, other: Path, recipe: Path) -> float:
    """How far from each other the weights of two runs are, as a share of the way from where both began."""

    def vector(run: Path) -> NDArray[np.float32]:
        weights = Bundle.load(run).weights.tensors
        return np.concatenate([weights[name].ravel() for name in began])

    settings = load_recipe(recipe)
    net = untrained(settings.space(), 3, seed=0, shortcut_gain=settings.shortcut_gain)
    began = {name: parameter.detach().numpy() for name, parameter in net.named_parameters()}
    origin = np.concatenate([value.ravel() for value in began.values()])
    return float(np.linalg.norm(vector(one) - vector(other)) / np.linalg.norm(vector(one) - origin))


def test_two_machines_train_what_one_does(
    arguments: tuple[object, ...], alone: Path, recipe: Path, tmp_path: Path
) -> None:
    both = start_two_machines(*arguments, "--out", tmp_path)
    first, second = said = ends(*both)
    assert [process.returncode for process in both] == [0, 0], said
    answer = json.loads(first[0].splitlines()[-1])
    assert answer["processes"] == 2 and second[0] == ""
    assert len(losses(tmp_path)) == 2
    assert losses(tmp_path) == pytest.approx(losses(alone), abs=2e-3)
    assert apart(alone, tmp_path, recipe) < ALIKE


def test_machines_that_do_not_average_gradients_train_something_else(
    arguments: tuple[object, ...], alone: Path, recipe: Path, tmp_path: Path
) -> None:
    """Or the one above could not fail."""
    both = start_two_machines(*arguments, "--out", tmp_path, program=("-c", WITHOUT_AVERAGING))
    said = ends(*both)
    assert [process.returncode for process in both] == [0, 0], said
    assert apart(alone, tmp_path, recipe) > 4 * ALIKE


def test_two_processes_of_a_machine_train_what_one_does(
    arguments: tuple[object, ...], alone: Path, recipe: Path, tmp_path: Path
) -> None:
    process = start(*arguments, "--out", tmp_path, "--devices", 2)
    ((out, err),) = ends(process)
    assert process.returncode == 0, err
    answer = json.loads(out.splitlines()[-1])
    assert answer["processes"] == 2 and len(out.splitlines()) == 1
    assert losses(tmp_path) == pytest.approx(losses(alone), abs=2e-3)
    assert apart(alone, tmp_path, recipe) < ALIKE


def is_told_once(process: subprocess.Popen[str], words: str) -> None:
    ((out, err),) = ends(process)
    told = [line for line in err.splitlines() if line.startswith("facefit: ")]
    assert (process.returncode, out, len(told)) == (2, "", 1) and words in told[0], err


def test_processes_that_cannot_share_a_batch_are_told_of_once(arguments: tuple[object, ...], tmp_path: Path) -> None:
    odd = write_recipe(tmp_path / "odd.yaml", batch=31)
    words = "facefit: a batch of 31 images cannot be shared evenly by 2 processes"
    is_told_once(start(*arguments, "--recipe", odd, "--out", tmp_path / "run", "--devices", 2), words)


def damage(faces: StreamedFaces, indices: NDArray[np.int64]) -> None:
    places = faces.catalogue.places
    for i in indices:
        with places.files[places.file[i]].open("r+b") as file:
            file.seek(int(places.offsets[i]))
            file.write(bytes(int(places.lengths[i])))


def test_a_part_that_one_process_cannot_read_is_told_of_once(
    arguments: tuple[object, ...], tmp_path: Path, call: Call
) -> None:
    shards, small = tmp_path / "shards", write_recipe(tmp_path / "small.yaml", batch=8)
    assert call("pack", arguments[2], "-o", shards).code == 0
    faces = read_parts(shards, 32, 0).learning
    assert isinstance(faces, StreamedFaces)
    (second_part,) = Order(faces, seed=0, phase=0, batch=8).steps(1, 2, slice(4, 8))
    damage(faces, second_part)
    streamed = ("--data", shards, "--recipe", small, "--memory-limit", 0, "--workers", 0)
    process = start(*arguments, *streamed, "--out", tmp_path / "run", "--devices", 2)
    is_told_once(process, "facefit: process 1: all 4 images of a batch are damaged; first: ")
