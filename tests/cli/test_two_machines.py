"""Two machines, which are two processes of this one that meet at an address: one run, told by the first."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from lessons import BRIEFLY, noise_folders, write_recipe

from facefit import Bundle


def free_port() -> int:
    """Below those that systems hand out by themselves, so that nobody else gets it in between."""
    for port in random.Random(os.getpid()).sample(range(20_000, 30_000), 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AssertionError("no free port")


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    photos, recipe = noise_folders(tmp_path / "photos", photos=30), write_recipe(tmp_path / "r.yaml", epochs=2)
    return ["train", "--data", str(photos), "--recipe", str(recipe), *BRIEFLY, "--json"]


def machine(arguments: list[str], out: Path, **environment: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "facefit", *arguments, "--out", str(out)]
    told = {name: str(value) for name, value in environment.items()}
    quiet = {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | quiet | told
    )


def losses(run: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_two_machines_train_what_one_does(arguments: list[str], tmp_path: Path) -> None:
    alone = machine(arguments, tmp_path / "one")
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port()}
    both = [machine([*arguments, "--num-nodes", "2"], tmp_path / "two", **address, NODE_RANK=rank) for rank in range(2)]
    try:
        ends = [process.communicate(timeout=300) for process in (alone, *both)]
    finally:
        for process in (alone, *both):
            process.kill()
    assert [process.returncode for process in (alone, *both)] == [0, 0, 0], ends
    first, second = ends[1:]
    answer = json.loads(first[0].splitlines()[-1])
    assert answer["processes"] == 2 and second[0] == ""
    assert len(losses(tmp_path / "two")) == 2
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), abs=2e-3)
    weights = [Bundle.load(tmp_path / run).weights.tensors for run in ("one", "two")]
    assert max(np.abs(value - weights[1][name]).max() for name, value in weights[0].items() if value.size) < 0.02
