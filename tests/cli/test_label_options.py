"""`facefit label`: plans that want a profile, bounded memory, and mistakes that are told before any work."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from calls import Call
from lessons import noise_folders

from facefit.labels.store import Labels


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    return noise_folders(tmp_path / "faces")


def test_plans_follow_each_other_within_the_memory(
    call: Call, bundle_folder: Path, profile_file: Path, faces: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(bundle_folder / "supernet.safetensors", run)
    # enough subnets that every block is seen, of which statistics are learnt
    arguments = ("label", run, "--data", faces, "--observed", 30, "--judged", 3, "--json")
    call(*arguments, "--plan", "bands").is_mistake("--plan bands", "--profile")
    for memory in ("nan", "inf", 0, -1):
        call(*arguments, "--memory", memory).is_mistake("--memory", "finite number above 0")
    call(*arguments, "--subnets", 10**12).is_mistake("--subnets", "1000000")
    call(*arguments, "--memory", 0.001, "--subnets", 10).is_mistake("calibration images", "allow at least")
    broken = faces / "sadness" / "broken.png"
    broken.write_text("no image")
    uniform = call(*arguments, "--plan", "uniform", "--subnets", 10)
    broken.unlink()
    assert uniform.code == 0, uniform
    assert "1 image could not be read: left out; first: sadness/broken.png" in uniform.err
    assert uniform.json["plans"] == {"uniform": 10}
    banded = call(*arguments, "--plan", "bands", "--profile", profile_file, "--subnets", 30, "--memory", 0.1)
    assert banded.json["plans"] == {"uniform": 10, "bands": 20}
    active = call(*arguments, "--plan", "active", "--profile", profile_file, "--subnets", 40, "--round", 5)
    assert active.json["plans"] == {"uniform": 10, "bands": 30}  # too few labels to search by
    assert len(Labels.load(run / "labels.parquet")) == 40
    fewer = call(*arguments, "--subnets", 20)
    assert fewer.json["subnets"] == 40 and "none was added: 40 were there" in fewer.err
    call(*arguments, "--ray", "127.0.0.1:1", "--subnets", 50).is_mistake("no cluster answers", "HOST:PORT")
