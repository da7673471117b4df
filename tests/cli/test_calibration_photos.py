"""Photos for batch-norm statistics are the same for every seed: labels of a run belong to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from lessons import noise_folders
from test_packed_people import SameTwice

from facefit.cli import faces, packed_people, people
from facefit.cli.faces import Parts, read_parts
from facefit.cli.packed_people import read_packed_people
from facefit.cli.people import read_people_parts
from facefit.faces.folders import folder_catalogue
from facefit.faces.packing import pack
from facefit.faces.portraits import Portraits
from facefit.faces.shard_writing import Job

Read = Callable[[int], Parts]


def expressions(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    noise_folders(folder / "faces")
    return lambda seed: read_parts(folder / "faces", 24, seed)


def packed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    noise_folders(folder / "people")
    (folder / "shards").mkdir()
    pack(Job(folder_catalogue(named(folder / "people")), SameTwice(28), folder / "shards", 30, seed=0))
    return lambda seed: read_packed_people(folder / "shards", 24, seed, (), None, memory_gib=1)


def portraits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    noise_folders(folder / "people")
    names = tuple(f"{i // 3}/{i % 3}.png" for i in range(120))
    aligned, cropped = np.random.default_rng(0).integers(0, 256, (2, len(names), 24, 24, 3), np.uint8)
    monkeypatch.setattr(people, "load_portraits", lambda *_: Portraits(aligned, cropped, names, {}))
    return lambda seed: read_people_parts(folder / "people", 24, seed)


def named(folder: Path) -> Path:
    """Sixty people with two photos each."""
    for i, photo in enumerate(sorted(folder.rglob("*.png"))):
        (folder / f"p{i // 2}").mkdir(exist_ok=True)
        photo.rename(folder / f"p{i // 2}" / f"{i % 2}.png")
    for left in [child for child in folder.iterdir() if not any(child.iterdir())]:
        left.rmdir()
    return folder


@pytest.mark.parametrize("layout", [expressions, packed, portraits])
def test_calibration_photos_do_not_depend_on_the_seed(
    layout: Callable[[Path, pytest.MonkeyPatch], Read], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (faces, packed_people, people):
        monkeypatch.setattr(module, "CALIBRATION_IMAGES", 20)
    monkeypatch.setattr(packed_people, "SEARCH_SPLIT_IMAGES", 8)
    read = layout(tmp_path, monkeypatch)
    one, other = read(0), read(1)
    assert len(one.calibration) == 20 < len(one.learning)
    assert one.calibration.fingerprint() == other.calibration.fingerprint()
    assert one.search_split.fingerprint() == other.search_split.fingerprint()
